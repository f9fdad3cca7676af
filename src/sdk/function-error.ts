/** An error meant for the caller: its message, status and data are answered as they are. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
  /** 400 to 599. */
  readonly status: number;
  readonly data: unknown;

  constructor(status: number, message: string, data?: unknown) {
    super(message);
    if (!Number.isInteger(status) || status < 400 || status > 599)
      throw new RangeError(`FunctionError wants a status from 400 to 599, not ${String(status)}.`);
    this.status = status;
    this.data = data;
  }
}

/** What ctx.db and ctx.functions throw when the server refuses. */
export class TinyBaseError extends Error {
  override readonly name = 'TinyBaseError';
  /** A code of the API, such as not_found, conflict or invalid_input. */
  readonly code: string;
  /** With invalid_input: everything that is wrong. */
  readonly faults: readonly Fault[];

  constructor(code: string, message: string, faults: readonly Fault[] = []) {
    super(message);
    this.code = code;
    this.faults = faults;
  }
}

export interface Fault {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}
