import { createPacer } from '../../lib/pacer.ts';
import { type ConvertOptions, createConverter } from './convert-record.ts';
import type { Draft } from './draft.ts';
import type { PythonDatabase } from './store.ts';

const CHUNK_LENGTH = 64 * 1024;
const ACCOUNT = ['id', 'email', 'password_hash', 'is_admin', 'is_active', 'created_at'] as const;

/** The accounts as an import reads them; row by row, a line each. */
export async function* toAccountChunks(source: PythonDatabase): AsyncGenerator<Uint8Array> {
  yield* toChunks(
    (function* () {
      for (const row of source.rows('user'))
        yield Object.fromEntries(ACCOUNT.map((name) => [name, row[name] ?? null]));
    })(),
  );
}

interface RecordChunks {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The record of a line, for those few that were refused. */
  idOf(line: number): string;
}

/** The records as an export would have written them. Those that are none were told of before. */
export function toRecordChunks(
  source: PythonDatabase,
  draft: Draft,
  options: ConvertOptions,
): RecordChunks {
  function* lines() {
    const convert = createConverter(draft, options);
    for (const row of source.records(draft.key)) {
      const converted = convert(row);
      if (!('data' in converted)) continue;
      const { id, ownerId, data, createdAt, updatedAt } = converted;
      yield {
        collection_id: draft.id,
        id,
        owner_id: ownerId,
        data,
        created_at: createdAt,
        updated_at: updatedAt,
      };
    }
  }
  return {
    chunks: toChunks(lines()),
    idOf(wanted) {
      let line = 0;
      for (const { id } of lines()) if (++line === wanted) return id;
      return `line ${wanted}`;
    },
  };
}

async function* toChunks(values: Iterable<object>): AsyncGenerator<Uint8Array> {
  const pacer = createPacer();
  let text = '';
  for (const value of values) {
    text += `${JSON.stringify(value)}\n`;
    if (text.length >= CHUNK_LENGTH) {
      yield Buffer.from(text);
      text = '';
    }
    if (pacer.isDue()) await pacer.rest();
  }
  yield Buffer.from(text);
}
