import type { ErrorCode } from '../core/errors.ts';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
/** The command was used wrongly: what was typed or configured must change. */
export const EXIT_USAGE = 2;
/** Ended by Ctrl-C, as shells count it: 128 and the number of SIGINT. */
export const EXIT_STOPPED = 130;

/** What a shell sees of each error. */
export const EXIT_CODES = {
  invalid_input: EXIT_USAGE,
  unauthenticated: EXIT_FAILED,
  mfa_required: EXIT_FAILED,
  forbidden: EXIT_FAILED,
  not_found: EXIT_FAILED,
  method_not_allowed: EXIT_FAILED,
  timeout: EXIT_FAILED,
  conflict: EXIT_FAILED,
  precondition_failed: EXIT_FAILED,
  too_large: EXIT_FAILED,
  unsupported_media_type: EXIT_FAILED,
  too_many_requests: EXIT_FAILED,
  function_failed: EXIT_FAILED,
  function_timeout: EXIT_FAILED,
  internal: EXIT_FAILED,
  unavailable: EXIT_FAILED,
} as const satisfies Record<ErrorCode, number>;
