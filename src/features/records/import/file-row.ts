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
  /** What it says of its times; they are kept of what is moved from another instance. */
  readonly createdAt?: unknown;
  readonly updatedAt?: unknown;
  /** It was written by an export: what its data lacks has no value, and takes no default. */
  readonly isWhole: boolean;
}

/** Rows that were read together, and what is wrong with those that are none. */
export interface RowBatch {
  readonly rows: readonly FileRow[];
  readonly faults: readonly ImportFault[];
}
