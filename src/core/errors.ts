/** Every way a request or command can fail on purpose. Status codes live in http/, exit codes in cli/. */
export const ERROR_CODES = [
  'invalid_input',
  'unauthenticated',
  'mfa_required',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'timeout',
  'conflict',
  'precondition_failed',
  'too_large',
  'unsupported_media_type',
  'too_many_requests',
  'function_failed',
  'function_timeout',
  'internal',
  'unavailable',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** One thing wrong with the input: where, in words, and a stable machine name. */
export interface Fault {
  /** Starts with body, query, path or header. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

export interface AppErrorOptions {
  /** With code invalid_input: everything that is wrong, at once. */
  readonly faults?: readonly Fault[];
  /** Never shown to the caller; goes to the log. */
  readonly cause?: unknown;
  /** Becomes the header Retry-After. */
  readonly retryAfterSeconds?: number;
  /** In the place of the code's own, where somebody's code chose it. */
  readonly httpStatus?: number;
}

/** A failure that its caller may read: the message says what, which and what to do, and nothing internal. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly faults: readonly Fault[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly httpStatus: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.faults = options.faults;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.httpStatus = options.httpStatus;
  }
}

/** The error for input that was refused, with every fault found. */
export function invalidInput(faults: readonly Fault[]): AppError {
  return new AppError('invalid_input', faults.map(describeFault).join('; '), { faults });
}

/** A fault as one sentence, for a terminal or a log line. */
function describeFault(fault: Fault): string {
  return `${fault.loc.join('.')}: ${fault.msg}`;
}
