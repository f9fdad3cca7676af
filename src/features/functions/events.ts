/** A call begins: its input fits and a worker has it. */
export interface FunctionCallEvent {
  readonly name: string;
  readonly call_id: string;
  readonly user_id: string | null;
  readonly payload: unknown;
}

/** A call has ended. */
export interface FunctionCompleteEvent {
  readonly name: string;
  readonly call_id: string;
  readonly user_id: string | null;
  readonly status: 'succeeded' | 'failed';
  readonly duration_ms: number;
  readonly error_type: string | null;
}
