import { ApiError } from '../../../../api/client.ts';

/** One change of a batch, as POST /api/batch takes it. */
export type BatchRequest =
  | { readonly method: 'DELETE'; readonly collection: string; readonly id: string }
  | {
      readonly method: 'PATCH';
      readonly collection: string;
      readonly id: string;
      readonly data: Readonly<Record<string, unknown>>;
    };

/** What became of many changes, also when they did not come to their end. */
export interface BulkOutcome {
  readonly done: number;
  readonly failed: number;
  /** Of the first that was refused. */
  readonly reason: string | undefined;
  /** Sent, and no answer came. */
  readonly unsure: number;
  readonly isStopped: boolean;
  /** What ended it before its end. */
  readonly error: unknown;
}

export interface BatchRun {
  /** Does all or none of them; an ApiError names the one that was refused. */
  readonly send: (requests: readonly BatchRequest[]) => Promise<unknown>;
  readonly isStopped: () => boolean;
  /** Told after each answer what is through. */
  readonly onProgress: (through: number) => void;
  /** Told which changes were made. */
  readonly onDone?: (requests: readonly BatchRequest[]) => void;
}

interface Tally {
  done: number;
  failed: number;
  reason: string | undefined;
}

/**
 * Sends the changes batch by batch. A batch is all or none, so one that is refused is named and left
 * out: those before it and those behind it go as batches of their own.
 */
export async function runBatches(
  batches: AsyncIterable<readonly BatchRequest[]>,
  run: BatchRun,
): Promise<BulkOutcome> {
  const tally: Tally = { done: 0, failed: 0, reason: undefined };
  let unsure = 0;
  try {
    for await (const batch of batches) {
      let rest = batch;
      while (rest.length > 0) {
        if (run.isStopped()) return { ...tally, unsure: 0, isStopped: true, error: undefined };
        unsure = rest.length;
        const taken = await sendSome(rest, run, tally);
        unsure = 0;
        rest = rest.slice(taken);
        run.onProgress(tally.done + tally.failed);
      }
    }
  } catch (error) {
    // A refusal is an answer: nothing of that batch was done.
    const isRefused = error instanceof ApiError;
    return { ...tally, unsure: isRefused ? 0 : unsure, isStopped: false, error };
  }
  return { ...tally, unsure: 0, isStopped: run.isStopped(), error: undefined };
}

/** How many of them are through. */
async function sendSome(
  requests: readonly BatchRequest[],
  run: BatchRun,
  tally: Tally,
): Promise<number> {
  try {
    await run.send(requests);
  } catch (error) {
    const at = refusedAt(error);
    if (at === undefined || at >= requests.length || !(error instanceof ApiError)) throw error;
    const before = requests.slice(0, at);
    if (before.length > 0) return await sendSome(before, run, tally);
    const isGone = error.status === 404 && requests[at]?.method === 'DELETE';
    if (isGone) tally.done += 1;
    else {
      tally.failed += 1;
      tally.reason ??= reasonOf(error);
    }
    return at + 1;
  }
  tally.done += requests.length;
  run.onDone?.(requests);
  return requests.length;
}

/** The place of the refused one in the batch: in the sentence, or in the `loc` of its faults. */
export function refusedAt(error: unknown): number | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const named = /^requests\[(\d+)\]: /.exec(error.detail)?.[1];
  if (named !== undefined) return Number(named);
  const places = error.faults.flatMap(({ loc: [body, requests, at] }) =>
    body === 'body' && requests === 'requests' && typeof at === 'number' ? [at] : [],
  );
  return places.length > 0 ? Math.min(...places) : undefined;
}

function reasonOf(error: ApiError): string {
  const [fault] = error.faults;
  if (fault) return `${fault.loc.slice(4).join('.')} ${fault.msg}`.trim();
  return error.detail.replace(/^requests\[\d+\]: /, '');
}
