import type { TSchema } from '@sinclair/typebox';
import type { SettingNotes } from './config-builders.ts';
import { ConfigSchema } from './config-schema.ts';

/** One setting with all that is known about it. */
export interface Setting {
  /** As in messages and docs: `server.port`. */
  readonly key: string;
  readonly section: string;
  readonly name: string;
  readonly schema: TSchema & SettingNotes;
  /** TINYBASE_SERVER_PORT first, then its further names. */
  readonly variables: readonly string[];
  readonly isSecret: boolean;
}

/** The sections in the order of the toml; `environments` has names instead of keys and is not among them. */
export const SECTIONS = Object.entries(ConfigSchema.properties)
  .filter(([name]) => name !== 'environments')
  .map(([name, schema]) => ({
    name,
    description: schema.description ?? '',
    schema,
  }));

export const SETTINGS: readonly Setting[] = SECTIONS.flatMap(({ name: section, schema }) =>
  Object.entries((schema as unknown as { properties: Record<string, TSchema> }).properties).map(
    ([name, property]) => toSetting(section, name, property),
  ),
);

const BY_KEY = new Map(SETTINGS.map((setting) => [setting.key, setting]));
const BY_VARIABLE = new Map(
  SETTINGS.flatMap((setting) => setting.variables.map((variable) => [variable, setting] as const)),
);

export function findSetting(key: string): Setting | undefined {
  return BY_KEY.get(key);
}

export function findSettingOfVariable(variable: string): Setting | undefined {
  return BY_VARIABLE.get(variable);
}

/** TINYBASE_A_B for the key a.b. */
export function toVariable(key: string): string {
  return `TINYBASE_${key.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase()}`;
}

export function toSetting(section: string, name: string, schema: TSchema): Setting {
  const key = `${section}.${name}`;
  const notes = schema as TSchema & SettingNotes;
  return {
    key,
    section,
    name,
    schema: notes,
    variables: [toVariable(key), ...(notes.aliases ?? [])],
    isSecret: notes.isSecret ?? false,
  };
}
