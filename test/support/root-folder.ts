import { describe, test } from 'bun:test';
import { copyFileSync, lchownSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BINARY, inRoot } from '../../scripts/support/paths.ts';
import {
  type CommandOutcome,
  makeTemporaryFolder,
  runBinary,
  type ServerProcess,
  startServer,
} from '../../scripts/support/server-process.ts';
import { readDockerfile } from './dockerfile.ts';
import { listProcesses, readNamespace } from './processes.ts';

/** What root-folder-init.ts is told. */
export interface RootSetup {
  readonly root: string;
  /** The volume, seen as /data inside. */
  readonly data: string;
  /** All of the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly uid: number;
  /** Nothing but the volume can be written, /tmp neither. */
  readonly isReadOnly: boolean;
}

export interface InRootOptions {
  readonly data: string;
  /** Beside what a container runtime sets; undefined takes away what that sets. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly isReadOnly?: boolean;
  /** The image's own when left out. */
  readonly uid?: number;
  /** The volume belongs to root, as a folder does that Docker makes for `-v`. */
  readonly isForeignVolume?: boolean;
  /** Sees the processes of the machine and is not their first: `docker run --pid=host`. */
  readonly isHostPid?: boolean;
  /** `docker run --network=none`. */
  readonly hasNoNetwork?: boolean;
}

const image = readDockerfile(inRoot('Dockerfile'));
/** The user that the image names. */
const UID = Number(image.user.split(':')[0]);
/** Docker sets the first two, the image the others. */
const DOCKER_ENV = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOSTNAME: 'a1b2c3d4e5f6',
  ...image.env,
} as const;
/** A container runtime writes them, so that names are found. */
const WRITTEN_BY_DOCKER = ['/etc/hosts', '/etc/resolv.conf'];
const NAMESPACES = ['unshare', '--mount', '--ipc', '--uts'];
const PID_NAMESPACE = ['--pid', '--fork', '--kill-child'];

/** Why this machine cannot have one; undefined when it can. */
function whyNoRootFolder(): string | undefined {
  if (process.platform !== 'linux') return 'only on Linux';
  if (process.getuid?.() !== 0) return 'only as root';
  if (Bun.which('unshare') === null || Bun.which('ldd') === null) return 'without unshare or ldd';
  const probe = Bun.spawnSync([...NAMESPACES, ...PID_NAMESPACE, 'true'], { stderr: 'ignore' });
  return probe.exitCode === 0 ? undefined : 'where namespaces are refused';
}

/** Groups tests; where there can be no root folder they are one skipped test that says why. */
export function describeInRootFolder(what: string, suite: () => void): void {
  const obstacle = whyNoRootFolder();
  if (obstacle === undefined) describe(what, suite);
  else test.skip(`${what} (${obstacle})`, () => {});
}

/**
 * A folder with what the image holds, made by the very script that the Dockerfile runs. It goes away with
 * this process. `extra` is copied in: path inside → path here.
 */
export function makeRootFolder(extra: Readonly<Record<string, string>> = {}): string {
  const root = makeTemporaryFolder('root');
  const copy = (from: string, to: string) => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(from, join(root, to));
  };
  const made = Bun.spawnSync([
    'sh',
    inRoot('scripts/docker-root.sh'),
    BINARY,
    inRoot('LICENSE'),
    root,
  ]);
  if (made.exitCode !== 0) throw new Error(`docker-root.sh failed:\n${made.stderr}`);
  // A container runtime makes these, and writes those.
  for (const folder of ['proc', 'dev']) mkdirSync(join(root, folder));
  for (const file of WRITTEN_BY_DOCKER) copy(file, file);
  for (const [to, from] of Object.entries(extra)) copy(from, to);
  return root;
}

export interface RootServer extends ServerProcess {
  /** Of its processes. */
  readonly namespace: string;
  restart(): Promise<RootServer>;
}

/** `tinybase serve` in a root folder, as the unprivileged user. */
export async function serveInRoot(root: string, options: InRootOptions): Promise<RootServer> {
  giveAway(options);
  const server = await startServer({ dir: options.data, wrapper: wrapper(root, options) });
  // What was started is unshare, which waits for the server unless it became it.
  const pid = options.isHostPid ? server.pid : onlyChildOf(server.pid);
  const end = async (signal: NodeJS.Signals) => {
    process.kill(pid, signal);
    return server.exited;
  };
  return {
    ...server,
    pid,
    namespace: readNamespace(pid) ?? '',
    // A getter: it is printed a little after the start.
    get setupToken() {
      return server.setupToken;
    },
    stop: () => end('SIGTERM'),
    kill9: async () => {
      await end('SIGKILL');
    },
    restart: async () => {
      await server.exited;
      return serveInRoot(root, options);
    },
  };
}

/** A command that ends by itself, in a second container beside the server's. */
export async function runInRoot(
  root: string,
  args: readonly string[],
  options: InRootOptions,
): Promise<CommandOutcome> {
  giveAway(options);
  return runBinary(args, { dir: options.data, wrapper: wrapper(root, options) });
}

function wrapper(root: string, options: InRootOptions): string[] {
  const env = Object.entries({ ...DOCKER_ENV, NO_COLOR: '1', ...options.env });
  const setup: RootSetup = {
    root,
    data: options.data,
    env: Object.fromEntries(
      env.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    uid: options.uid ?? UID,
    isReadOnly: options.isReadOnly ?? false,
  };
  return [
    ...NAMESPACES,
    ...(options.isHostPid ? [] : PID_NAMESPACE),
    ...(options.hasNoNetwork ? ['--net'] : []),
    process.execPath,
    '--no-env-file',
    join(import.meta.dir, 'root-folder-init.ts'),
    JSON.stringify(setup),
  ];
}

/** What was written here as root belongs to the user inside, as in a volume of its own. */
function giveAway({ data, uid = UID, isForeignVolume = false }: InRootOptions): void {
  if (isForeignVolume) return;
  lchownSync(data, uid, uid);
  for (const name of readdirSync(data, { recursive: true }) as string[])
    lchownSync(join(data, name), uid, uid);
}

/** A package as npm packs one: greeting-1.0.0.tgz. */
export async function packGreeting(folder: string): Promise<void> {
  const files = {
    'package/package.json': '{"name":"greeting","version":"1.0.0","main":"lib/main.js"}',
    'package/lib/main.js': "exports.greet = (name) => 'Good day, ' + name;",
  };
  await Bun.write(join(folder, 'greeting-1.0.0.tgz'), new Bun.Archive(files, { compress: 'gzip' }));
}

/** Waits until it holds. Bun's own limit for a test ends what never comes. */
export async function eventually(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await Bun.sleep(20);
}

function onlyChildOf(pid: number): number {
  const children = listProcesses().filter(({ parent }) => parent === pid);
  if (children[0] === undefined) throw new Error(`Process ${pid} has no child`);
  return children[0].pid;
}
