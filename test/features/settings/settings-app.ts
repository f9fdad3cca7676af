import type { AuditEntry } from '../../../src/core/audit.ts';
import { loadConfig } from '../../../src/core/config.ts';
import type { Origins } from '../../../src/core/config-shown.ts';
import { settingsRoutes } from '../../../src/features/settings/routes.ts';
import { createSettingsService } from '../../../src/features/settings/service.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createSettingStore } from '../../../src/storage/sqlite/setting-store.ts';
import { createHttpApp } from '../../http/http-app.ts';
import { settableClock, temporaryFolder } from '../records/data-app.ts';

export const PATH = '/api/admin/settings';

export interface SettingsAppOptions {
  /** The text of tinybase.toml. */
  readonly toml?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly envFile?: string;
  /** Further origins, such as those of flags that no command has. */
  readonly origins?: Origins;
}

/** Settings on a real database and a real configuration, behind the real HTTP layer. */
export async function createSettingsApp({
  toml = '',
  env = {},
  envFile,
  origins = new Map(),
}: SettingsAppOptions = {}) {
  using folder = temporaryFolder();
  const dir = folder.path;
  await Bun.write(folder.file('tinybase.toml'), toml);
  if (envFile !== undefined) await Bun.write(folder.file('server.env'), envFile);
  const loaded = loadConfig({
    dir,
    env,
    ...(envFile === undefined ? {} : { envFile: folder.file('server.env') }),
  });
  const connection = openConnection({ path: ':memory:' });
  const notes: AuditEntry[] = [];
  const service = createSettingsService({
    store: createSettingStore(connection),
    clock: settableClock(),
    audit: { note: async (_actor, entry) => void notes.push(entry) },
    config: loaded.config,
    origins: new Map([...loaded.origins, ...origins]),
    dir,
  });
  const http = await createHttpApp({ routes: (guard) => settingsRoutes(service, guard) });
  return {
    dir,
    db: connection.db,
    service,
    notes,
    read: () => http.call('GET', PATH, { as: 'admin' }),
    patch: (body: unknown, as = 'admin') => http.call('PATCH', PATH, { as, body }),
    call: http.call,
  };
}
