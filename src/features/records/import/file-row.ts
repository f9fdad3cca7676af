import type { RawData } from '../../collections/schema.ts';
import type { ImportFault } from '../store.ts';

/** What a row of a file names of a record, before any of it is checked against the schema. */
export interface FileRow {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly id: unknown;
  /** Undefined when the row does not speak of an owner; null when it says that there is none. */
  readonly ownerId: unknown;
  readonly data: RawData;
  /** It was written by an export: what its data lacks has no value, and takes no default. */
  readonly isWhole: boolean;
}

/** Rows that were read together, and what is wrong with those that are none. */
export interface RowBatch {
  readonly rows: readonly FileRow[];
  readonly faults: readonly ImportFault[];
}

/** Longer rows are refused: one must not fill the memory. */
export const MAX_ROW_BYTES = 1024 * 1024;

/** Why the rest of a file cannot be read: where its rows begin is not known any more. */
export class BrokenFileError extends Error {
  override readonly name = 'BrokenFileError';
  readonly fault: ImportFault;
  constructor(line: number, msg: string) {
    super(`line ${line} ${msg}`);
    this.fault = { line, loc: [], msg };
  }
}
