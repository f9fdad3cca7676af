import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Client, createClient, expectStatus } from '../../../scripts/support/http-client.ts';
import { createApp } from '../../../src/app.ts';
import { loadConfig } from '../../../src/core/config.ts';
import type { LogFields, Logger, LogLevel } from '../../../src/core/logger.ts';
import { makeArchive } from './tar-gz.ts';

const ADMIN = { email: 'root@example.com', password: 'a long enough password' };

export interface DeployAppOptions {
  /** Of the project, before the server starts. */
  readonly files?: Readonly<Record<string, string>>;
  /** Further settings, as TOML. */
  readonly toml?: string;
  readonly dir?: string;
}

export const GZIP = { 'content-type': 'application/gzip' };

/** A function that answers a text. */
export const answering = (text: string) =>
  `import { register } from 'tinybase'; register({ auth: 'public' }, () => ${JSON.stringify(text)});`;

export function makeProject(files: Readonly<Record<string, string>> = {}): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tinybase-deploy-')));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

/** The whole server on a free port, with an admin. */
export async function openDeployApp({ files, toml = '', dir: given }: DeployAppOptions = {}) {
  const dir = given ?? makeProject(files);
  const config = `[server]\nhost = "127.0.0.1"\nport = 0\n${toml}\n`;
  if (given === undefined) writeFileSync(join(dir, 'tinybase.toml'), config);
  const lines: string[] = [];
  const log =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push(`${level} ${message} ${Bun.inspect(fields)}`);
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warning: log('warning'),
    error: log('error'),
    isEnabled: () => true,
  };
  const app = await createApp({
    config: loadConfig({ dir }).config,
    dir,
    logger,
    version: '0.0.0',
  });
  const { url } = await app.listen();
  const anonymous = createClient(url);
  const link = await app.services.auth.createSetupLink();
  const token = link === null ? undefined : (/token=([\w-]+)/.exec(link)?.[1] ?? link);
  const session =
    token === undefined
      ? expectStatus(await anonymous.post('/api/auth/login', ADMIN), 200, 'signing in')
      : expectStatus(
          await anonymous.post('/api/auth/setup', { token, ...ADMIN }),
          201,
          'setting up the admin',
        );
  const admin = createClient(url, session.token);
  let isStopped = false;
  const send = (archive: Buffer, query = '', client: Client = admin) =>
    client.request('POST', `/api/admin/functions/deploy${query}`, new Uint8Array(archive), GZIP);

  return {
    dir,
    url,
    admin,
    anonymous,
    token: String(session.token),
    adminId: String(session.user.id),
    lines,
    send,
    /** Deploys files and answers what the server says, which must be a success. */
    async deploy(functions: Readonly<Record<string, string | Buffer>>, query = '') {
      const answer = await send(await makeArchive(functions), query);
      return expectStatus(answer, 201, 'deploying');
    },
    /** What a function answers; its error when it fails. */
    async call(name: string): Promise<unknown> {
      const { body } = await anonymous.post(`/api/functions/${name}`, {});
      return body.result ?? body.code;
    },
    async list() {
      const { body } = await admin.get('/api/admin/functions/deployments');
      return body.items as {
        readonly id: string;
        readonly is_active: boolean;
        readonly message: string | null;
        readonly functions: readonly string[];
      }[];
    },
    /** What lies in the folder of deployments. */
    folders(): string[] {
      const path = join(dir, 'deployments');
      return existsSync(path) ? readdirSync(path).sort() : [];
    },
    async stop(): Promise<void> {
      if (!isStopped) await app.stop();
      isStopped = true;
    },
    async [Symbol.asyncDispose]() {
      if (!isStopped) await app.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
export type DeployApp = Awaited<ReturnType<typeof openDeployApp>>;
