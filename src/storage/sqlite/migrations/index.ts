import type { Database } from 'bun:sqlite';
import { first } from './0001-first.ts';
import { deployments } from './0002-deployments.ts';
import { callIndexes } from './0003-call-indexes.ts';
import { apiTokens } from './0004-api-tokens.ts';
import { settings } from './0005-settings.ts';
import { audit } from './0006-audit.ts';
import { mailTokens } from './0007-mail-tokens.ts';
import { schedules } from './0008-schedules.ts';
import { extensions } from './0009-extensions.ts';
import { collectionMigrations } from './0010-collection-migrations.ts';
import { backups } from './0011-backups.ts';
import { lastSeen } from './0012-last-seen.ts';
import { accountDomains } from './0013-account-domains.ts';

/** SQL, or what SQL alone cannot say. Part of a transaction. */
export type Migration = string | ((db: Database) => void);

export function applyMigration(db: Database, migration: Migration): void {
  if (typeof migration === 'string') db.run(migration);
  else migration(db);
}

/** In order; the position is the version that PRAGMA user_version holds. Released ones never change. */
export const MIGRATIONS: readonly Migration[] = [
  first,
  deployments,
  callIndexes,
  apiTokens,
  settings,
  audit,
  mailTokens,
  schedules,
  extensions,
  collectionMigrations,
  backups,
  lastSeen,
  accountDomains,
];
