import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planChange } from '../../../src/features/collections/changes.ts';
import { compileSchema } from '../../../src/features/collections/compile.ts';
import { createCollectionService } from '../../../src/features/collections/service.ts';
import { createMigrationService } from '../../../src/features/migrations/service.ts';
import { toComparable } from '../../../src/features/migrations/steps.ts';
import { newId } from '../../../src/lib/ids.ts';
import { openStorage } from '../../../src/storage/open.ts';
import { NO_AUDIT } from '../../support/no-audit.ts';

/** A database of its own, and a folder of migrations that it may share with others. */
export function openMachine(folder: string, path = ':memory:') {
  const clock = { ms: Date.UTC(2030, 0, 1), now: () => clock.ms };
  const storage = openStorage({
    path,
    clock,
    rules: { planChange, compileSchema },
    onCommit: () => undefined,
    onListenerError(error) {
      throw error;
    },
  });
  const collections = createCollectionService({
    store: storage.collections,
    clock,
    newId,
    audit: NO_AUDIT,
  });
  const migrations = createMigrationService({
    store: storage.migrations,
    collections,
    folder: { path: folder, shown: 'migrations' },
    audit: NO_AUDIT,
    clock,
    newId,
  });
  return {
    storage,
    collections,
    migrations,
    clock,
    /** The collections as text, to be compared with those of another machine. */
    state: () =>
      collections
        .all()
        .map(({ collection }) => toComparable(collection))
        .sort(),
    [Symbol.dispose]: () => storage.close(),
  };
}

export type Machine = ReturnType<typeof openMachine>;

export function readFiles(folder: string): { readonly name: string; readonly text: string }[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}

/** Rewrites the newest file. */
export function editLast(folder: string, edit: (text: string) => string): void {
  const last = readFiles(folder).at(-1);
  if (last) writeFileSync(join(folder, last.name), edit(last.text));
}
