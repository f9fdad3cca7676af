import type { Actor } from '../../core/actor.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { FileFault } from '../../lib/file-fault.ts';
import type { CollectionService } from '../collections/service.ts';
import type { OwnerOf } from './owners.ts';
import type { PlannedCollection } from './plan.ts';
import { type FaultList, formatCount } from './report.ts';
import { toRecordChunks } from './row-chunks.ts';
import type { PythonDatabase } from './store.ts';

/** What brings the rows of a file; see records/import. */
export interface RecordImport {
  importRecords(
    actor: Actor,
    name: string,
    chunks: AsyncIterable<Uint8Array>,
    options: {
      readonly format: 'ndjson';
      readonly isPartial: boolean;
      readonly keepsTimes: true;
      readonly onProgress: (progress: {
        readonly step: 'check' | 'write';
        readonly rows: number;
      }) => void;
    },
  ): Promise<{
    readonly created: number;
    readonly failed: number;
    readonly errors: readonly FileFault[];
    readonly isRefused: boolean;
  }>;
}

interface WriteOptions {
  readonly actor: Actor;
  readonly collections: Pick<CollectionService, 'create' | 'delete'>;
  readonly transfers: RecordImport;
  readonly ownerOf: OwnerOf;
  readonly isPartial: boolean;
  readonly clock: Clock;
  readonly faults: FaultList;
  readonly onProgress: (step: 'check' | 'write', rows: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes a collection and brings its records, all in one transaction; answers how many. Broken off
 * between the two, the next import finds it empty and goes on there.
 */
export async function writeCollection(
  source: PythonDatabase,
  { draft, fields }: PlannedCollection,
  options: WriteOptions,
): Promise<number> {
  const { actor, collections, transfers, isPartial, faults, signal } = options;
  const { name, label, access, id, state } = draft;
  if (state === 'new') {
    const body = { name, label, schema: { fields }, options: { access } };
    await collections.create(actor, body, id);
  }
  if (draft.records === 0) return 0;
  signal.throwIfAborted();
  const { chunks, idOf } = toRecordChunks(source, draft, options);
  const result = await transfers.importRecords(actor, name, untilAborted(chunks, signal), {
    format: 'ndjson',
    isPartial,
    keepsTimes: true,
    onProgress: ({ step, rows }) => options.onProgress(step, rows),
  });
  if (!result.isRefused) return result.created;
  for (const { line, loc, msg } of result.errors)
    faults.add({ table: `record (${draft.was})`, id: idOf(line), field: loc.join('.'), msg });
  if (state === 'new') await collections.delete(actor, name, undefined);
  const [first] = result.errors;
  throw new AppError(
    'conflict',
    `${name} was refused: ${formatCount(result.failed, 'record')} did not fit (${first ? `${idOf(first.line)} ${first.loc.join('.')}: ${first.msg}` : 'unknown'}). What came before it stays; the same command goes on there.`,
  );
}

async function* untilAborted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}
