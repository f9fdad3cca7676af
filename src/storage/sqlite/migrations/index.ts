import { first } from './0001-first.ts';
import { deployments } from './0002-deployments.ts';
import { callIndexes } from './0003-call-indexes.ts';
import { apiTokens } from './0004-api-tokens.ts';

/** In order; the position is the version that PRAGMA user_version holds. Released ones never change. */
export const MIGRATIONS: readonly string[] = [first, deployments, callIndexes, apiTokens];
