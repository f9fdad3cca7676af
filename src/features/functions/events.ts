/** A call begins: its input fits and a worker has it. */
export interface FunctionCallEvent {
  readonly name: string;
  readonly call_id: string;
  readonly user_id: string | null;
  readonly request_id: string;
  /** How many hooks lie between what somebody did and this call. */
  readonly hook_depth: number;
  readonly payload: unknown;
}

/** A call has ended. */
export interface FunctionCompleteEvent {
  readonly name: string;
  readonly call_id: string;
  readonly user_id: string | null;
  readonly request_id: string;
  readonly hook_depth: number;
  readonly status: 'succeeded' | 'failed';
  readonly duration_ms: number;
  readonly error_type: string | null;
}
