import { AppError, type Fault } from '../../core/errors.ts';
import { suggest } from '../../lib/nearest.ts';
import type { CallHeader } from '../../protocol/messages.ts';
import type { Job } from './job.ts';
import type { PlacedFunction } from './loader.ts';

export type InputCheck =
  | { readonly kind: 'fits' }
  /** The hint is empty, or ends a sentence. */
  | { readonly kind: 'unknown'; readonly hint: string }
  /** Places begin with `body`, which is the payload. */
  | { readonly kind: 'faulty'; readonly faults: readonly Fault[] };

/**
 * Shows a payload to a function's input without calling it. Its worker does that, where the schema is
 * live and a pattern that never ends stalls nobody; it is no call, and the history does not know it.
 */
export async function checkInput(
  functions: ReadonlyMap<string, PlacedFunction>,
  name: string,
  payload: unknown,
  options: { readonly timeoutMs: number; readonly now: number; readonly newId: () => string },
): Promise<InputCheck> {
  const placed = functions.get(name);
  if (!placed) return { kind: 'unknown', hint: suggest(name, functions.keys()) };
  const { definition, pool } = placed;
  if (definition.input_schema === null) return { kind: 'fits' };
  const header: CallHeader = {
    function_name: name,
    trigger_type: 'schedule',
    trigger_id: null,
    request_id: options.newId(),
    call_id: options.newId(),
    user_id: null,
    is_admin: false,
    now: options.now,
    request: null,
  };
  return new Promise((resolve, reject) => {
    const job: Job = {
      header,
      payload: JSON.stringify(payload),
      timeoutMs: options.timeoutMs,
      depth: 0,
      isCheck: true,
      onStarted() {},
      onLine() {},
      ask: async () => ({
        error: { code: 'conflict', message: 'This is no call.', faults: null, failure: null },
      }),
      onEnd(outcome) {
        if (outcome.status === 'succeeded') resolve({ kind: 'fits' });
        else if (outcome.status === 'invalid_input')
          resolve({ kind: 'faulty', faults: outcome.faults });
        else
          reject(
            new AppError('unavailable', `The input of ${name} could not be checked. Try again.`, {
              retryAfterSeconds: 1,
            }),
          );
      },
    };
    pool.run(job);
  });
}
