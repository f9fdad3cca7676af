import { AppError, type Fault, invalidInput } from '../../core/errors.ts';

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
