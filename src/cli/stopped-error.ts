import { AppError } from '../core/errors.ts';

/** Ctrl-C, or another signal that ends a command: its exit code is one of its own. */
export class StoppedError extends AppError {
  constructor(message: string) {
    super('conflict', message);
  }
}
