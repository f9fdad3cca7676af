/** What is wrong with a line of a file. */
export interface FileFault {
  /** Counted from 1. */
  readonly line: number;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
}

/** Longer rows are refused: one must not fill the memory. */
export const MAX_ROW_BYTES = 1024 * 1024;

/** Why the rest of a file cannot be read: where its rows begin is not known any more. */
export class BrokenFileError extends Error {
  override readonly name = 'BrokenFileError';
  readonly fault: FileFault;
  constructor(line: number, msg: string) {
    super(`line ${line} ${msg}`);
    this.fault = { line, loc: [], msg };
  }
}
