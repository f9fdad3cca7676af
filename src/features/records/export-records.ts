import { type Actor, userIdOf } from '../../core/actor.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { NamedField } from '../collections/schema.ts';
import type { CollectionService, LiveCollection } from '../collections/service.ts';
import { fieldsFor, fieldsOf, inBoth, narrow } from './access.ts';
import { toSeen } from './answer.ts';
import { EXPORT_WRITERS, type ExportFormat } from './export-formats.ts';
import { type Gate, scopeOf } from './gate.ts';
import { type FilterQuery, parseListQuery, type ShowQuery } from './list-query.ts';
import type { Position, RecordStore, Scope, StoredRecord } from './store.ts';

export interface ExportDeps {
  readonly gate: Gate;
  readonly collections: Pick<CollectionService, 'findById'>;
  readonly store: Pick<RecordStore, 'list' | 'count'>;
  /** For `@now` in filters. */
  readonly clock: Clock;
}

export type ExportQuery = FilterQuery & Pick<ShowQuery, 'fields'>;

/** An export that has begun. */
export interface Export {
  readonly collectionId: string;
  /** Of the collection. */
  readonly name: string;
  /** How many records it will hold, if none comes or goes meanwhile. */
  readonly count: () => Promise<number>;
  /**
   * The file piece by piece, each made when it is asked for. It throws when what it had promised does
   * not hold any more; what came until then is no whole file.
   */
  readonly pieces: AsyncGenerator<ExportPiece, void>;
}
export interface ExportPiece {
  readonly text: string;
  /** Records that it holds. */
  readonly records: number;
}

const PAGE_ROWS = 500;
const OLDEST_FIRST = [
  { key: { kind: 'system', name: 'created_at' }, isDescending: false },
] as const;

export function createExporter({ gate, collections, store, clock }: ExportDeps) {
  async function readPage(scope: Scope, after?: Position) {
    return store.list(scope, {
      sort: OLDEST_FIRST,
      limit: PAGE_ROWS,
      ...(after !== undefined && { after }),
    });
  }

  /** Whoever may list the records may export them, and sees the same of them. */
  return async (
    actor: Actor,
    collection: string,
    query: ExportQuery,
    format: ExportFormat,
  ): Promise<Export> => {
    const { live, scope: listed } = gate.open(actor, collection, 'list');
    const sight = fieldsFor(actor, live, listed.filter);
    const { mayRead } = sight;
    const request = parseListQuery(query, { live, actor, now: clock.now(), mayRead });
    const scope = scopeOf(live, inBoth(listed.filter, request.filter));
    const chosen = request.fields && new Set(request.fields);
    const show = (record: StoredRecord): StoredRecord =>
      chosen ? { ...record, data: narrow(record.data, chosen) } : toSeen(record, sight);
    const { id, name } = live.collection;
    const writer = EXPORT_WRITERS[format](id, shownFields(actor, live, chosen));
    // Read before the answer begins, so that a fault can still be one.
    let page = await readPage(scope);

    async function* write(): AsyncGenerator<ExportPiece, void> {
      let isFirst = true;
      for (;;) {
        // Rules that changed since count: nothing is shown that they hide by now.
        if (collections.findById(id) !== live) throw changedMeanwhile(name);
        const { records, next } = page;
        const text = records.map((record, index) =>
          writer.record(show(record), isFirst && index === 0),
        );
        yield {
          text: `${isFirst ? writer.head : ''}${text.join('')}${next ? '' : writer.foot}`,
          records: records.length,
        };
        if (!next) return;
        isFirst = false;
        page = await readPage(scope, next);
      }
    }
    return { collectionId: id, name, count: async () => store.count(scope), pieces: write() };
  };
}

/** The fields that were asked for, else those that hold something for this reader, be it only in their own records. */
function shownFields(
  actor: Actor,
  live: LiveCollection,
  chosen: ReadonlySet<string> | undefined,
): readonly NamedField[] {
  const { mayRead } = fieldsOf(actor, live, { owner_id: userIdOf(actor) });
  return live.compiled.fields.filter(({ name }) => (chosen ? chosen.has(name) : mayRead(name)));
}

function changedMeanwhile(name: string): AppError {
  return new AppError('conflict', `${name} was changed while it was exported. Export it again.`);
}
