import { type Client, createClient, expectStatus } from '../../scripts/support/http-client.ts';
import {
  type ServerOptions,
  type ServerProcess,
  startServer,
} from '../../scripts/support/server-process.ts';

export {
  findFreePort,
  makeTemporaryFolder,
  runBinary,
  type ServerProcess,
} from '../../scripts/support/server-process.ts';

export const ADMIN = { email: 'admin@example.com', password: 'a long enough password' } as const;

/** Starts `dist/tinybase serve`; `await using` ends it and removes its folder, also when the test fails. */
export function startBinary(options: ServerOptions = {}): Promise<ServerProcess> {
  return startServer(options);
}

export function client(url: string, token?: string): Client {
  return createClient(url, token);
}

/** Makes the first admin with the set-up link that the server printed; the answer is the admin's client. */
export async function createAdmin(
  server: ServerProcess,
  account: { readonly email: string; readonly password: string } = ADMIN,
): Promise<Client> {
  const token = server.setupToken;
  if (token === undefined) {
    throw new Error(`The server printed no set-up link:\n${server.stdout()}${server.stderr()}`);
  }
  const anonymous = client(server.url);
  const body = expectStatus(
    await anonymous.post('/api/auth/setup', { token, ...account }),
    201,
    'setting up the admin',
  );
  return client(server.url, body.token);
}

/** Registers a user and signs in; the answer is the user's client. */
export async function createUser(
  url: string,
  email: string,
  password = 'a long enough password',
): Promise<Client & { readonly id: string; readonly token: string }> {
  const anonymous = client(url);
  const user = expectStatus(
    await anonymous.post('/api/auth/register', { email, password }),
    201,
    `registering ${email}`,
  );
  const session = expectStatus(
    await anonymous.post('/api/auth/login', { email, password }),
    200,
    `signing in ${email}`,
  );
  return { ...client(url, session.token), id: user.id, token: session.token };
}
