import { expect, test } from 'bun:test';
import { readdirSync, rmSync } from 'node:fs';
import { SYSTEM } from '../../../src/core/actor.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { createDeploymentService } from '../../../src/features/deployments/service.ts';
import type { DeploymentStore } from '../../../src/features/deployments/store.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createDeploymentStore } from '../../../src/storage/sqlite/deployment-store.ts';
import { NO_AUDIT } from '../../support/no-audit.ts';
import { until } from '../../support/until.ts';
import { answering, makeProject } from './deploy-app.ts';
import { makeArchive } from './tar-gz.ts';

/** The service on a real database and real folders; what is loaded runs nowhere. */
function openDeployments(wrap: (store: DeploymentStore) => DeploymentStore) {
  const folder = makeProject();
  const store = createDeploymentStore(openConnection({ path: ':memory:' }));
  const local = { path: folder, file: null, isWatched: false };
  const service = createDeploymentService({
    store: wrap(store),
    functions: {
      local,
      start: async () => undefined,
      adminList: () => ({ items: [], total: 0, page: 1, page_size: 1 }),
      prepare: async ({ path }: { readonly path: string }) => ({
        functions: [{ name: 'v', file: `${path}/v.ts` }],
        errors: [],
        adopt() {},
        discard() {},
      }),
    } as never,
    packages: { install: async () => undefined, findForeignPaths: () => [] },
    clock: systemClock,
    logger: { debug() {}, info() {}, warning() {}, error() {}, isEnabled: () => true },
    folder,
    root: folder,
    newId: () => 'm',
    audit: NO_AUDIT,
  });
  return {
    folder,
    store,
    service,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

test('what is deployed while the remains of others are removed is none of them', async () => {
  const removing = Promise.withResolvers<void>();
  const isRemoved = Promise.withResolvers<void>();
  const swept: string[] = [];
  using app = openDeployments((own) => ({
    ...own,
    async forget(id) {
      swept.push(id);
      removing.resolve();
      await isRemoved.promise;
      await own.forget(id);
    },
  }));
  const { folder, store, service } = app;
  // A crash left them; one is removed before the new one is looked at, and one after it.
  for (const id of ['a', 'z']) await store.begin(id);
  const receiving = Promise.withResolvers<void>();
  const sent = Promise.withResolvers<void>();
  const archive = await makeArchive({ 'functions/v.ts': answering('v') });
  async function* chunks() {
    receiving.resolve();
    await sent.promise;
    yield archive;
  }
  const deploying = service.deploy(SYSTEM, chunks(), { isDryRun: false });
  await receiving.promise;
  await service.recover();
  await removing.promise;
  sent.resolve();
  await deploying;
  isRemoved.resolve();
  // By that sweep, and by the one that every deploy ends with.
  await until(() => swept.filter((id) => id === 'z').length === 2);
  expect(new Set(swept)).toEqual(new Set(['a', 'z']));
  expect(readdirSync(folder)).toEqual(['m']);
});
