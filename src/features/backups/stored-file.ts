import { AppError } from '../../core/errors.ts';

/** A backup, to be read once. */
export interface StoredFile {
  readonly chunks: AsyncIterable<Uint8Array>;
}

export function fileGone(location: string): AppError {
  return new AppError('not_found', `The file ${location} is gone.`);
}
