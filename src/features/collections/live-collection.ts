import type { CompiledSchema } from './compile.ts';
import type { Collection } from './schema.ts';

/** A collection, ready for use. Replaced as a whole by every change, so its identity tells them apart. */
export interface LiveCollection {
  readonly collection: Collection;
  readonly compiled: CompiledSchema;
}
