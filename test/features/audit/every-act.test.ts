import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { AuditItem } from '../../../src/features/audit/schema.ts';
import { openScopedApp, PASSWORD, type ScopedApp } from '../../http/scoped-app.ts';
import { writeFiles } from '../../support/fixtures.ts';
import { makeArchive } from '../deployments/tar-gz.ts';

setDefaultTimeout(600_000);

let app: ScopedApp;
beforeAll(async () => {
  app = await openScopedApp({ 'nightly.ts': 'register({}, () => 1);' });
  writeFiles(app.dir, { 'extensions/greeter/extension.toml': EXTENSION });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const SCHEDULE = { method: 'cron', timezone: 'UTC', cron: '0 4 * * *' };
const FUNCTION = "import { register } from 'tinybase'; register({}, () => 1);";
const EXTENSION = `[extension]
name = "greeter"
version = "1.0.0"
[extension.settings.word]
type = "string"
`;
const deploy = async () => ({
  body: new Uint8Array(await makeArchive({ 'functions/one.ts': FUNCTION })),
  headers: { 'content-type': 'application/gzip' },
});

async function backupIsDone() {
  for (;;) {
    const { body } = await app.call('GET', '/api/admin/backups', { token: app.boss });
    if (body.items[0].status !== 'running') return {};
    await Bun.sleep(5);
  }
}

/** What an admin does by one route: where, with what, and how it is noted. */
interface Act {
  readonly at: string;
  readonly send?: () =>
    | Promise<{ body?: unknown; headers?: Readonly<Record<string, string>> }>
    | { body?: unknown };
  readonly action: string;
}
/** Routes of admins that change nothing, and acts that have a test of their own. */
interface Other {
  readonly because: string;
}

/** In an order in which each has something to work on; `{id}` is that of the last thing made. */
const ACTS: Readonly<Record<string, Act | Other>> = {
  createUser: {
    at: '/api/admin/users',
    send: () => ({ body: { email: 'new@example.com', password: PASSWORD } }),
    action: 'user.create',
  },
  updateUser: {
    at: '/api/admin/users/{id}',
    send: () => ({ body: { is_admin: true } }),
    action: 'user.update',
  },
  createResetLink: { at: '/api/admin/users/{id}/reset-link', action: 'user.reset_link' },
  endUserSession: { because: 'below: it needs a session' },
  deleteUser: { at: '/api/admin/users/{id}', action: 'user.delete' },
  createApiToken: {
    at: '/api/admin/api-tokens',
    send: () => ({ body: { name: 'robot', scopes: ['records:read'] } }),
    action: 'api_token.create',
  },
  deleteApiToken: { at: '/api/admin/api-tokens/{id}', action: 'api_token.delete' },
  createCollection: {
    at: '/api/collections',
    send: () => ({ body: { name: 'things', schema: { fields: [] } } }),
    action: 'collection.create',
  },
  updateCollection: {
    at: '/api/collections/things',
    send: () => ({ body: { label: 'Things' } }),
    action: 'collection.update',
  },
  deleteCollection: { at: '/api/collections/things', action: 'collection.delete' },
  deployFunctions: {
    at: '/api/admin/functions/deploy?message=first',
    send: deploy,
    action: 'deployment.create',
  },
  activateDeployment: {
    at: '/api/admin/functions/deployments/local/activate',
    action: 'deployment.activate',
  },
  updateSettings: {
    at: '/api/admin/settings',
    send: () => ({ body: { instance_name: 'Ours' } }),
    action: 'settings.update',
  },
  createSchedule: {
    at: '/api/admin/schedules',
    send: () => ({ body: { name: 'nightly', function_name: 'nightly', schedule: SCHEDULE } }),
    action: 'schedule.create',
  },
  updateSchedule: {
    at: '/api/admin/schedules/{id}',
    send: () => ({ body: { name: 'daily' } }),
    action: 'schedule.update',
  },
  runSchedule: { at: '/api/admin/schedules/{id}/run', action: 'schedule.run' },
  deleteSchedule: { at: '/api/admin/schedules/{id}', action: 'schedule.delete' },
  updateExtension: {
    at: '/api/admin/extensions/greeter',
    send: () => ({ body: { is_enabled: false } }),
    action: 'extension.disable',
  },
  updateExtensionSettings: {
    at: '/api/admin/extensions/greeter/settings',
    send: () => ({ body: { word: 'Hello' } }),
    action: 'extension.settings',
  },
  deleteExtension: { at: '/api/admin/extensions/greeter', action: 'extension.uninstall' },
  createBackup: { at: '/api/admin/backups', action: 'backup.create' },
  checkBackup: { at: '/api/admin/backups/{id}/check', send: backupIsDone, action: 'backup.check' },
  deleteBackup: { at: '/api/admin/backups/{id}', action: 'backup.delete' },
  previewSchedule: { because: 'changes nothing' },
  previewMail: { because: 'changes nothing' },
  sendTestMail: { because: 'changes nothing; the mail goes to the admin who asks' },
};

async function readNewest(): Promise<AuditItem> {
  const { body } = await app.call('GET', '/api/admin/audit?limit=1', { token: app.boss });
  return body.items[0];
}

test('every route by which admins change something is in the table', () => {
  const changing = app.routes
    .filter(({ access, method }) => access === 'admin' && !['GET', 'HEAD'].includes(method))
    .map(({ operationId }) => String(operationId));
  expect(Object.keys(ACTS).toSorted()).toEqual(changing.toSorted());
});

describe('is noted, with who did it and to what:', () => {
  let id = '';
  for (const [operationId, act] of Object.entries(ACTS)) {
    if ('because' in act) continue;
    const { at, send = () => ({}), action } = act;
    test(operationId, async () => {
      const route = app.routes.find((one) => one.operationId === operationId);
      const before = await readNewest();
      const answer = await app.call(String(route?.method), at.replace('{id}', id), {
        token: app.boss,
        ...(await send()),
      });
      expect(answer.status, answer.text).toBeLessThan(300);
      id = answer.body?.id ?? id;
      const entry = await readNewest();
      expect(entry.id).not.toBe(before.id);
      expect(entry).toMatchObject({
        action,
        actor_kind: 'admin',
        actor_via: 'session',
        actor_email: 'boss@example.com',
        subject_type: action.split('.')[0],
        request_id: answer.headers.get('x-request-id'),
      });
    });
  }

  test('endUserSession', async () => {
    await app.signIn('ann@example.com');
    const at = `/api/admin/users/${app.ann.id}/sessions`;
    const { body } = await app.call('GET', at, { token: app.boss });
    await app.call('DELETE', `${at}/${body.items[0].id}`, { token: app.boss });
    expect(await readNewest()).toMatchObject({
      action: 'session.end',
      subject_id: body.items[0].id,
      subject_name: 'ann@example.com',
    });
  });
});
