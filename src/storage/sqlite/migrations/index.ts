import { first } from './0001-first.ts';

/** In order; the position is the version that PRAGMA user_version holds. Released ones never change. */
export const MIGRATIONS: readonly string[] = [first];
