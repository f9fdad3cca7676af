import { join } from 'node:path';
import type { Client } from '../../scripts/support/http-client.ts';
import { BINARY, inRoot } from '../../scripts/support/paths.ts';
import { client, makeTemporaryFolder, runBinary, type ServerProcess } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { until } from '../support/until.ts';

/** A function that everybody may call and that answers this text. */
export const answering = (text: string) =>
  `import { register } from 'tinybase';\nregister({ auth: 'public' }, () => ${JSON.stringify(text)});\n`;

/** What a public function answers without a payload: its result, or the code of the error. */
export async function resultOf(url: string, name: string): Promise<unknown> {
  const { body } = await client(url).post(`/api/functions/${name}`);
  return body.status === 'succeeded' ? body.result : body.code;
}

/** The token of a program that may do what the scopes say. */
export async function makeToken(admin: Client, scopes: readonly string[]): Promise<string> {
  const { body } = await admin.post('/api/admin/api-tokens', { name: scopes.join(' '), scopes });
  return body.token;
}

/** What does not load, as the admin app gets it. */
export async function listErrors(admin: Client): Promise<readonly LoadError[]> {
  return (await admin.get('/api/admin/functions')).body.load_errors;
}

interface LoadError {
  readonly file: string;
  readonly line: number | null;
  readonly message: string;
}

/** A developer's folder that is set up to deploy to a server. */
export async function makeDeveloper(server: ServerProcess, admin: Client) {
  const dir = makeTemporaryFolder();
  const token = await makeToken(admin, ['functions:deploy']);
  const env = { DEPLOY_TOKEN: token };
  const variable = '$' + '{DEPLOY_TOKEN}';
  const toml = `[environments.production]\nurl = "${server.url}"\napi_token = "${variable}"\n`;
  writeFiles(dir, { 'tinybase.toml': toml });
  const functions = (...args: readonly string[]) => runBinary(['functions', ...args], { dir, env });
  return {
    dir,
    env,
    token,
    write: (files: Readonly<Record<string, string>>) => writeFiles(dir, files),
    functions,
    /** The versions that the server keeps, newest first. */
    async deployments(): Promise<readonly Version[]> {
      return JSON.parse((await functions('deployments', '--json')).stdout);
    },
  };
}

interface Version {
  readonly id: string;
  readonly is_active: boolean;
  readonly message: string | null;
  readonly functions: readonly string[];
}

/** What the compiler says of a folder with its own tsconfig.json, as an editor does; '' when it is content. */
export async function checkFolder(dir: string): Promise<string> {
  const command = [process.execPath, inRoot('node_modules/typescript/bin/tsc'), '-p', dir];
  const child = Bun.spawn(command, { cwd: dir, stdout: 'pipe', stderr: 'pipe' });
  return new Response(child.stdout).text();
}

/** Runs a command as a person does, in a terminal; answers how it ended and all that was shown, up to its last words. */
export async function runInTerminal(
  args: readonly string[],
  { dir, env, last, question, answer }: TerminalOptions,
) {
  const decoder = new TextDecoder();
  let shown = '';
  await using terminal = new Bun.Terminal({
    cols: 120,
    rows: 40,
    data: (_, bytes) => {
      shown += decoder.decode(bytes, { stream: true });
    },
  });
  const child = Bun.spawn([BINARY, ...args], {
    cwd: dir,
    env: { PATH: process.env.PATH ?? '', HOME: dir, NO_COLOR: '1', ...env },
    terminal,
  });
  if (question !== undefined) {
    await until(() => shown.includes(question), `it asks ${question}`);
    terminal.write(`${answer}\r`);
  }
  const code = await child.exited;
  // What was written last may come after the end.
  await until(() => shown.includes(last), `it says ${last}`);
  return { code, shown };
}

interface TerminalOptions {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly last: string;
  /** Waited for and answered. */
  readonly question?: string;
  readonly answer?: string;
}

/** A path in the functions folder of a project. */
export const inFunctions = (dir: string, ...names: readonly string[]) =>
  join(dir, 'functions', ...names);
