import { ApiError } from '../../api/client.ts';
import type { CallFailed, CallSuccess, Json } from '../../api/types.ts';

/** How a run ended. */
export type Outcome =
  | {
      readonly kind: 'succeeded';
      readonly ms: number;
      readonly callId: string;
      readonly result: Json | undefined;
      readonly logs: readonly LogLine[];
    }
  | {
      readonly kind: 'failed';
      readonly ms: number;
      readonly callId: string;
      readonly errorType: string;
      readonly message: string;
      readonly status: number;
      readonly data: Json | undefined;
      /** Where it was thrown, as the server tells admins. */
      readonly stack: string | undefined;
      readonly logs: readonly LogLine[];
    }
  /** It never ran: the input does not fit, too many at once, no answer. */
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'stopped'; readonly ms: number };

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warning' | 'error';
  readonly text: string;
}

/** "warning: low on stock" → its level and text; without a level it is info. */
export function readLogLine(line: string): LogLine {
  const match = /^(debug|warning|error): ([\s\S]*)$/.exec(line);
  if (!match) return { level: 'info', text: line };
  return { level: match[1] as LogLine['level'], text: match[2] ?? '' };
}

export function succeeded(answer: CallSuccess, ms: number): Outcome {
  return {
    kind: 'succeeded',
    ms,
    callId: answer.call_id,
    result: answer.result,
    logs: (answer.logs ?? []).map(readLogLine),
  };
}

export function ended(error: unknown, ms: number): Outcome {
  if (error instanceof DOMException && error.name === 'AbortError') return { kind: 'stopped', ms };
  if (!(error instanceof ApiError) || !isCallFailed(error.body)) return { kind: 'refused', error };
  const answer = error.body;
  return {
    kind: 'failed',
    ms,
    callId: answer.call_id,
    errorType: answer.error_type,
    message: answer.error,
    status: error.status,
    data: answer.data,
    stack: answer.stack,
    logs: (answer.logs ?? []).map(readLogLine),
  };
}

/** The same statuses come from the server itself, without a call. */
function isCallFailed(body: unknown): body is CallFailed {
  return (
    typeof body === 'object' &&
    body !== null &&
    'call_id' in body &&
    'status' in body &&
    body.status === 'failed'
  );
}

/** A place in a file of the project. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A frame as the engine writes it: "    at total (functions/pay.ts:12:9)", or without a name. */
const FRAME = /^\s+at (?:.*\()?([^()]+?):(\d+):\d+\)?$/gm;

/** The innermost place of a stack that is the project's own code, not that of a package. */
export function placeIn(stack: string): Place | undefined {
  for (const [, file = '', line] of stack.matchAll(FRAME))
    if (!file.includes('node_modules/')) return { file, line: Number(line) };
  return undefined;
}
