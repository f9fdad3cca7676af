import { join } from 'node:path';
import { makeTemporaryFolder } from '../../../scripts/support/server-process.ts';
import type { LogFields, Logger } from '../../../src/core/logger.ts';
import type { Origin } from '../../../src/core/origin.ts';
import type { HookLists } from '../../../src/features/extensions/hook-table.ts';
import {
  createExtensionHost,
  type ExtensionHostDeps,
} from '../../../src/features/extensions/host.ts';
import type { ExtensionFault } from '../../../src/features/extensions/installed.ts';
import type { AskOrigin, BeforeHook } from '../../../src/protocol/extensions.ts';
import { writeFiles } from '../../support/fixtures.ts';

export const HEAD = `import * as hooks from 'tinybase/extensions';
const { HookError, before_record_create, on_record_create, on_record_update, on_startup, on_shutdown } = hooks;
`;

export const NOBODY: Origin = { userId: null, requestId: null, depth: 0 };

interface OpenOptions extends Partial<ExtensionHostDeps> {
  /** What was remembered before. */
  readonly remembered?: HookLists;
}

/** A host on real processes; extensions are texts, by their names. */
export function openHost(options: OpenOptions = {}) {
  const dir = makeTemporaryFolder();
  const faults: ExtensionFault[] = [];
  const lines: { text: string; fields: LogFields }[] = [];
  const asked: { name: string; body: unknown; origin: AskOrigin }[] = [];
  const functions: (readonly string[])[] = [];
  let remembered: HookLists = options.remembered ?? {};
  const log = (text: string, fields: LogFields = {}) => void lines.push({ text, fields });
  const isEnabled = () => true;
  const logger: Logger = { debug: log, info: log, warning: log, error: log, isEnabled };
  const host = createExtensionHost({
    logger,
    memory: {
      read: () => remembered,
      async write(lists) {
        remembered = lists;
      },
    },
    onError: (fault) => faults.push(fault),
    async ask({ name, body, origin }) {
      asked.push({ name, body: JSON.parse(body), origin });
      return { json: '{}' };
    },
    onFunctions: (entries) => functions.push(entries),
    ...options,
  });
  const entryOf = (name: string) => join(dir, name, 'main.ts');
  return {
    host,
    dir,
    faults,
    asked,
    functions,
    entryOf,
    remembered: () => remembered,
    /** What extensions wrote, and what the host says of them. */
    texts: () => lines.map(({ text }) => text),
    lines,
    /** Starts these. */
    run(
      sources: Readonly<Record<string, string>>,
      settings: object = {},
      problems: Readonly<Record<string, string>> = {},
    ): Promise<void> {
      const names = Object.keys(sources);
      writeFiles(
        dir,
        Object.fromEntries(names.map((name) => [`${name}/main.ts`, `${HEAD}${sources[name]}`])),
      );
      return host.restart(
        names.map((name) => ({
          name,
          version: '1.0.0',
          entry: entryOf(name),
          folder: join(dir, name),
          settings: { ...settings },
          problem: problems[name] ?? null,
        })),
      );
    },
    /** Shows a write to the hooks; answers the data that they leave. */
    async ask(data: object, hook: BeforeHook = 'before_record_create', collection = 'posts') {
      const text = await host.before({
        hook,
        collection,
        toEvent: (now) => `{"collection":"${collection}","id":"1","data":${now}}`,
        data: JSON.stringify(data),
        origin: NOBODY,
      });
      return JSON.parse(text);
    },
    emit(data: object, collection = 'posts', origin = NOBODY) {
      host.emit('on_record_create', collection, origin, () => JSON.stringify({ collection, data }));
    },
    async [Symbol.asyncDispose]() {
      await host.stop(0);
    },
  };
}
