import { declareInstance, type Instance } from './instance-types.ts';
import { CLIENT_TEXT, SDK_TEXT } from './template-texts.js';
import { indent } from './type-text.ts';

export interface TypesDeps {
  readonly instance: () => Instance;
  /** Grows whenever a collection or a function changes. */
  readonly version: () => number;
}

export type TypesService = ReturnType<typeof createTypesService>;

const CLIENT_HEAD = `// Written by \`tinybase types\`: the collections and functions of this TinyBase, and a client for them.
// Do not edit; write it anew when they have changed.
// biome-ignore-all lint: generated
/* eslint-disable */
`;
const CLIENT_MARK = '// ---- The client ----\n';

/** TypeScript of everything that this instance has. */
export function createTypesService({ instance, version }: TypesDeps) {
  return {
    version,

    /** For front ends: one file with every type and a client. */
    async forClients(): Promise<string> {
      const client = CLIENT_TEXT.slice(CLIENT_TEXT.indexOf(CLIENT_MARK));
      const declared = await declareInstance(instance(), client);
      return `${CLIENT_HEAD}\n${declared}\n\n${client}`;
    },

    /** For function code: the text of `tinybase.d.ts`. */
    async forFunctions(): Promise<string> {
      const { collections, functions } = instance();
      if (collections.length === 0 && functions.length === 0) return SDK_TEXT;
      const declared = await declareInstance({ collections, functions }, SDK_TEXT);
      // A second block of the same module: the interfaces of both are one.
      return `${SDK_TEXT}\n// The collections and functions of this TinyBase.\ndeclare module 'tinybase' {\n  ${indent(declared)}\n}\n`;
    },
  };
}
