import type {
  AskError,
  AskName,
  CallHeader,
  CallOutcome,
  LineLevel,
} from '../../protocol/messages.ts';

/** How a call ended for the pool: as its worker said, or without the worker having a say. */
export type PoolOutcome = CallOutcome | LostCall | RefusedCall;

/** The worker is gone, or was ended. */
export interface LostCall {
  readonly status: 'lost';
  readonly error_type: 'TimeoutError' | 'WorkerExited' | 'OutOfMemory' | 'WorkerLost';
  readonly message: string;
}

/** It never began. */
interface RefusedCall {
  readonly status: 'refused';
  readonly message: string;
}

export type AskAnswer = { readonly json: string } | { readonly error: AskError };

/** A call on its way through the pool. */
export interface Job {
  readonly header: CallHeader;
  /** JSON text; bytes for a function with raw_body; null when there is none, or it has begun. */
  readonly payload: string | Uint8Array | null;
  readonly timeoutMs: number;
  /** Above 0 it is made by a call: it passes the bounds, or two that wait for each other would wait for ever. */
  readonly depth: number;
  /** Only its input is looked at; the function is not called. */
  readonly isCheck?: boolean;
  onStarted(): void;
  onLine(level: LineLevel, text: string): void;
  ask(name: AskName, body: string): Promise<AskAnswer>;
  /** Called once, last. */
  onEnd(outcome: PoolOutcome): void;
}

export function payloadLength({ payload }: Job): number {
  return payload?.length ?? 0;
}
