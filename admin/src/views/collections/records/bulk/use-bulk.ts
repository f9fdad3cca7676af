import { onScopeDispose, ref } from 'vue';
import { api } from '../../../../api/client.ts';
import type { Json } from '../../../../api/types.ts';
import { countOf } from '../../../../components/ui/times.ts';
import { useToasts } from '../../../../stores/toasts.ts';
import { listRecords } from '../record-api.ts';
import { idsFilter, readTargets, type Targets } from './bulk-targets.ts';
import { bulkWords, isWhole } from './bulk-words.ts';
import { type BatchRequest, type BulkOutcome, runBatches } from './run-batches.ts';

export const MOST_UNDONE = 500;
const UNDO_MS = 60_000;
const MOST_BYTES = 400_000;
const AT_ONCE = 200;

interface Old {
  readonly id: string;
  readonly value: Json;
}

/** Changes of many records: batch by batch, with progress, a way to stop, and honest words at the end. */
export function useBulk(
  collection: () => string,
  /** A field that is enough where only the ids are wanted. */
  anyField: () => string | undefined,
  onChanged: () => Promise<unknown>,
) {
  const toasts = useToasts();
  const progress = ref<{ readonly verb: string; readonly done: number; readonly total: number }>();
  let stopper: AbortController | undefined;
  onScopeDispose(() => stopper?.abort());

  async function run(
    verb: 'deleted' | 'changed' | 'changed back',
    total: number,
    make: (signal: AbortSignal) => AsyncIterable<readonly BatchRequest[]>,
    onDone?: (requests: readonly BatchRequest[]) => void,
  ): Promise<BulkOutcome> {
    const own = new AbortController();
    stopper = own;
    const doing = verb === 'deleted' ? 'Deleting' : 'Changing';
    progress.value = { verb: doing, done: 0, total };
    const outcome = await runBatches(make(own.signal), {
      send: (requests) => api.post('/api/batch', { requests }),
      isStopped: () => own.signal.aborted,
      onProgress: (done) => {
        progress.value = { verb: doing, done, total };
      },
      ...(onDone && { onDone }),
    });
    progress.value = undefined;
    return own.signal.aborted
      ? { ...outcome, isStopped: true, error: undefined, unsure: 0 }
      : outcome;
  }

  function tell(
    outcome: BulkOutcome,
    verb: 'deleted' | 'changed' | 'changed back',
    undo?: () => Promise<void>,
  ): void {
    const text = bulkWords(outcome, verb);
    // Bad news stays until it was read; what can be undone has its minute.
    toasts.show(text, {
      kind: isWhole(outcome) || undo ? 'info' : 'error',
      ...(undo && { undo, durationMs: UNDO_MS }),
    });
  }

  async function deleteAll(targets: Targets, count: number): Promise<void> {
    const name = collection();
    const outcome = await run('deleted', count, async function* (signal) {
      if (targets.kind === 'ids') {
        const requests = targets.ids.map((id) => toDelete(name, id));
        for (let at = 0; at < requests.length; at += AT_ONCE)
          yield requests.slice(at, at + AT_ONCE);
        return;
      }
      for await (const page of readTargets(name, targets, signal, anyField()))
        yield page.map(({ id }) => toDelete(name, id));
    });
    tell(outcome, 'deleted');
    await onChanged();
  }

  /** One field of many gets the same value; the old ones come back with Undo for a minute. */
  async function change(
    targets: Targets,
    count: number,
    field: string,
    value: Json,
  ): Promise<void> {
    const name = collection();
    const old = new Map<string, Json>();
    const done: Old[] = [];
    const size = JSON.stringify(value).length + 120;
    const most = Math.max(1, Math.min(AT_ONCE, Math.floor(MOST_BYTES / size)));
    const outcome = await run(
      'changed',
      count,
      async function* (signal) {
        for await (const page of readTargets(name, targets, signal, field)) {
          for (const { id, data } of page)
            if (old.size < MOST_UNDONE) old.set(id, data[field] ?? null);
          const requests = page.map(({ id }) => toPatch(name, id, { [field]: value }));
          for (let at = 0; at < requests.length; at += most) yield requests.slice(at, at + most);
        }
      },
      (requests) => {
        for (const { id } of requests) done.push({ id, value: old.get(id) ?? null });
      },
    );
    const canUndo = done.length > 0 && done.length <= MOST_UNDONE;
    tell(outcome, 'changed', canUndo ? () => changeBack(name, field, value, done) : undefined);
    await onChanged();
  }

  /** Only what still holds the value that was given: what somebody changed since stays theirs. */
  async function changeBack(
    name: string,
    field: string,
    given: Json,
    old: readonly Old[],
  ): Promise<void> {
    let kept = 0;
    const outcome = await run('changed back', old.length, async function* (signal) {
      for (let at = 0; at < old.length; at += 100) {
        const part = old.slice(at, at + 100);
        const query = { filter: idsFilter(part.map(({ id }) => id)), limit: 100, fields: field };
        const found = await listRecords(
          name,
          { ...query, sort: 'id', expand: '', count: false },
          signal,
        );
        const now = new Map(found.items.map(({ id, data }) => [id, data[field] ?? null]));
        const mine = part.filter(({ id }) => isEqual(now.get(id), given));
        kept += part.length - mine.length;
        if (mine.length > 0)
          yield mine.map(({ id, value }) => toPatch(name, id, { [field]: value }));
      }
    });
    tell(outcome, 'changed back');
    if (kept > 0) toasts.show(`${countOf(kept, 'record')} were changed again since and stay so`);
    await onChanged();
  }

  return {
    progress,
    deleteAll,
    change,
    stop: () => stopper?.abort(),
  };
}

/** As the server keeps it, which may write a time or an address another way. */
function isEqual(stored: Json | undefined, given: Json): boolean {
  if (stored === undefined) return false;
  if (typeof stored === 'string' && typeof given === 'string') {
    const times = [Date.parse(stored), Date.parse(given)];
    if (times.every((time) => !Number.isNaN(time)) && times[0] === times[1]) return true;
    return stored.trim().toLowerCase() === given.trim().toLowerCase();
  }
  return JSON.stringify(stored) === JSON.stringify(given);
}

function toDelete(collection: string, id: string): BatchRequest {
  return { method: 'DELETE', collection, id };
}

function toPatch(
  collection: string,
  id: string,
  data: Readonly<Record<string, Json>>,
): BatchRequest {
  return { method: 'PATCH', collection, id, data };
}
