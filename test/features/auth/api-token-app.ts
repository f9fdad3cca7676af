import { expect } from 'bun:test';
import { type AuthAppOptions, createAuthApp, PASSWORD } from './auth-app.ts';

export const PATH = '/api/admin/api-tokens';

/** An app whose admin is signed in and makes API tokens. */
export async function createTokenApp(options: AuthAppOptions = {}) {
  const app = createAuthApp(options);
  const { id: bossId } = await app.users.addAdmin('boss@example.com', PASSWORD);
  const boss = await app.signIn('boss@example.com');
  const make = (body: object, token = boss) => app.call('POST', PATH, { body, token });
  return {
    ...app,
    boss,
    bossId,
    make,
    list: async (query = '') => (await app.call('GET', PATH + query, { token: boss })).body,
    remove: (id: string, token = boss) => app.call('DELETE', `${PATH}/${id}`, { token }),
    statusOf: async (path: string, token: string) =>
      (await app.call('GET', path, { token })).status,
    /** The token of a new API token, and its id. */
    async made(scopes: readonly string[], extra: object = {}, token = boss) {
      const { status, body } = await make({ name: 'ci', scopes, ...extra }, token);
      expect(status, JSON.stringify(body)).toBe(201);
      return body as { readonly id: string; readonly token: string };
    },
  };
}
export type TokenApp = Awaited<ReturnType<typeof createTokenApp>>;
