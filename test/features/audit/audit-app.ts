import type { LogFields, Logger } from '../../../src/core/logger.ts';
import { createAuditService } from '../../../src/features/audit/service.ts';
import type { AuditStore } from '../../../src/features/audit/store.ts';
import { newId } from '../../../src/lib/ids.ts';
import { createAuditStore } from '../../../src/storage/sqlite/audit-store.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createLanes } from '../../../src/storage/sqlite/lanes.ts';

export const NOW_MS = Date.parse('2030-06-01T00:00:00.000Z');
export const DAY_MS = 86_400_000;

/** The service on a real database, with a clock to set and all that it logs. */
export function openAudit(wrap: (store: AuditStore) => AuditStore = (store) => store) {
  const connection = openConnection({ path: ':memory:' });
  const store = createAuditStore(connection, createLanes(connection));
  const time = { ms: NOW_MS };
  const lines: string[] = [];
  const log = (message: string, fields: LogFields = {}) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = {
    debug: log,
    info: log,
    warning: log,
    error: log,
    isEnabled: () => true,
  };
  const audit = createAuditService({
    store: wrap(store),
    clock: { now: () => time.ms },
    logger,
    newId,
    retentionDays: 90,
  });
  const all = async () => (await audit.list({}, { limit: 1_000, offset: 0 })).items;
  return { audit, store, time, lines, all };
}
