import { AppError, type ErrorCode, type Fault, invalidInput } from '../../core/errors.ts';

export const noCollection = (name: string) =>
  new AppError('not_found', `There is no collection ${name}.`);

export const noRecord = (name: string, id: string) =>
  new AppError('not_found', `There is no record ${id} in ${name}.`);

export const idTaken = (id: string) =>
  new AppError('conflict', `A record with the id ${id} exists already.`);

export const stale = (id: string) =>
  new AppError(
    'precondition_failed',
    `The record ${id} was changed since you read it. Read it again and repeat the change.`,
  );

export const valueTaken = (fields: readonly string[]) =>
  new AppError(
    'conflict',
    `Another record has this value of ${fields.join(', ')} already, and it must be unique.`,
  );

/** A reference that leads nowhere; of the collection's name only what the schema says itself. */
export function dangling(
  loc: Fault['loc'],
  field: string,
  target: string,
  collection: string | undefined,
): AppError {
  const msg =
    collection === 'users'
      ? `there is no user ${target}`
      : `there is no record ${target} in ${collection ?? 'the collection that it refers to'}`;
  return invalidInput([{ loc: [...loc, field], type: 'dangling_reference', msg }]);
}

/** Other records hold on to one that is to go; `by` is undefined when the caller may not know of those. */
export function referenced(
  id: string,
  by: { readonly collection: string; readonly field: string } | undefined,
): AppError {
  const who = by
    ? `records refer to it by ${by.collection}.${by.field}`
    : 'other records refer to it';
  return new AppError(
    'conflict',
    `The record ${id} cannot be deleted: ${who}. Change those first.`,
  );
}

export const tooManyChildren = (id: string, max: number) =>
  new AppError(
    'conflict',
    `The record ${id} cannot be deleted: more than ${max} records would go or change with it. Delete those first, in parts.`,
  );

export const tooLargePage = (room: number) =>
  new AppError(
    'too_large',
    `These records are too large for one page. Ask for fewer: here limit=${room} has room.`,
  );

/** The codes that fit a status which a hook chose. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'timeout',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
  503: 'unavailable',
};

interface HookRefusal {
  readonly status: number | null;
  readonly message: string;
}

/** What a hook throws without a status was not written for callers: it may name files, hosts, other data. */
export function tellRefusal({ status, message }: HookRefusal, seesAll: boolean): string {
  return status === null && !seesAll ? 'was refused by an extension; its errors say why' : message;
}

/** A hook refused the write, with a status of its own or without. */
export function notPassed(loc: Fault['loc'], refusal: HookRefusal, seesAll: boolean): AppError {
  const { status, message } = refusal;
  if (status === null || status === 422)
    return invalidInput([{ loc, msg: tellRefusal(refusal, seesAll), type: 'hook_refused' }]);
  const code = CODES[status] ?? (status < 500 ? 'invalid_input' : 'function_failed');
  return new AppError(code, message, { httpStatus: status });
}

/** Others wrote the record again and again while hooks looked at it. */
export const changedMeanwhile = (id: string) =>
  new AppError(
    'conflict',
    `The record ${id} was changed again and again while this write was checked. Try again.`,
  );
