import { AppError } from '../../core/errors.ts';

export function noUser(): AppError {
  return new AppError('not_found', 'There is no user with this id.');
}

export function emailTaken(): AppError {
  return new AppError('conflict', 'There is an account with this e-mail address already.');
}

export function lastAdmin(): AppError {
  return new AppError(
    'conflict',
    'This is the last admin who can sign in. Make another one first.',
  );
}
