import { sep } from 'node:path';
import type { AnsweredCall } from '../../protocol/messages.ts';
import type { EndedCall } from './caller.ts';

export type CallResult =
  | {
      readonly status: 'succeeded';
      readonly callId: string;
      /** JSON text, to be put into the answer as it is. */
      readonly json: string;
      readonly logs: readonly string[];
    }
  | {
      /** An HttpAnswer: sent as it is. */
      readonly status: 'answered';
      readonly callId: string;
      readonly answer: AnsweredCall;
      readonly logs: readonly string[];
    }
  | {
      readonly status: 'failed';
      readonly callId: string;
      readonly code: 'function_failed' | 'function_timeout' | 'unavailable';
      /** The status that a FunctionError wants. */
      readonly httpStatus: number | null;
      /** What this caller may read. */
      readonly error: string;
      readonly errorType: string;
      /** Where it was thrown, for those who may read every error. */
      readonly stack: string | null;
      /** The data of a FunctionError, as JSON text. */
      readonly data: string | null;
      readonly logs: readonly string[];
    };

const HIDDEN_ERROR = 'The function failed. An admin finds the reason under this call_id.';

/** What the caller is told; whoever may see errors reads them with paths below `root`. */
export function toResult(
  { callId, outcome, logs }: EndedCall,
  maySeeErrors: boolean,
  root: string,
): CallResult {
  if (outcome.status === 'succeeded')
    return { status: 'succeeded', callId, json: outcome.json, logs };
  if (outcome.status === 'answered') return { status: 'answered', callId, answer: outcome, logs };
  const { error_type: errorType, message } = outcome;
  if (outcome.status === 'lost') {
    const code =
      errorType === 'TimeoutError'
        ? 'function_timeout'
        : errorType === 'WorkerLost'
          ? 'unavailable'
          : 'function_failed';
    // These sentences are our own: they give nothing away.
    const common = { httpStatus: null, data: null, stack: null, error: message };
    return { status: 'failed', callId, code, errorType, logs, ...common };
  }
  const { http_status: httpStatus, data } = outcome;
  const error = maySeeErrors || httpStatus !== null ? message : HIDDEN_ERROR;
  const stack = maySeeErrors ? (outcome.stack?.replaceAll(`${root}${sep}`, '') ?? null) : null;
  const code = 'function_failed';
  return { status: 'failed', callId, code, httpStatus, errorType, error, stack, data, logs };
}
