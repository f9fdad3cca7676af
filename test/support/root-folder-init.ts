/**
 * The first process of a root folder, as a container runtime has one: mounts, gives up root, becomes
 * tinybase. Run by root-folder.ts in namespaces of its own, so that the mounts vanish with the process.
 */
import { dlopen, FFIType, ptr } from 'bun:ffi';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { RootSetup } from './root-folder.ts';

const { i32, u64, ptr: pointer } = FFIType;
const { symbols: libc } = dlopen('libc.so.6', {
  mount: { args: [pointer, pointer, pointer, u64, pointer], returns: i32 },
  chroot: { args: [pointer], returns: i32 },
  chdir: { args: [pointer], returns: i32 },
  setgroups: { args: [u64, pointer], returns: i32 },
  setgid: { args: [i32], returns: i32 },
  setuid: { args: [i32], returns: i32 },
  prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
  execve: { args: [pointer, pointer, pointer], returns: i32 },
});

// linux/mount.h and linux/prctl.h.
const READ_ONLY = 1n;
const NO_SUID = 2n;
const NO_DEVICES = 4n;
const NO_EXEC = 8n;
const REMOUNT = 32n;
const BIND = 4096n;
const RECURSIVE = 16384n;
const PRIVATE = 262144n;
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9n;

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function must(what: string, result: number): void {
  if (result === -1) throw new Error(`${what} was refused`);
}

function mount(
  type: string,
  source: string,
  target: string,
  flags: bigint,
  options?: string,
): void {
  const done = libc.mount(
    ptr(text(source)),
    ptr(text(target)),
    ptr(text(type)),
    flags,
    options === undefined ? null : ptr(text(options)),
  );
  must(`Mounting ${type} ${source} on ${target}`, done);
}

/** As Docker mounts it: /proc, the few devices, a /tmp unless there is to be none, the volume. */
function mountAll({ root, data, isReadOnly }: RootSetup): void {
  mount('none', 'none', '/', RECURSIVE | PRIVATE);
  mount('none', root, root, BIND);
  mount('proc', 'proc', join(root, 'proc'), NO_SUID | NO_DEVICES | NO_EXEC);
  mount('tmpfs', 'tmpfs', join(root, 'dev'), NO_SUID | NO_EXEC, 'mode=755');
  for (const device of DEVICES) {
    const target = join(root, 'dev', device);
    closeSync(openSync(target, 'w'));
    mount('none', `/dev/${device}`, target, BIND);
  }
  mkdirSync(join(root, 'dev', 'shm'));
  mount('tmpfs', 'tmpfs', join(root, 'dev', 'shm'), NO_SUID | NO_DEVICES, 'mode=1777');
  // `docker run --read-only` gives no /tmp that can be written.
  if (isReadOnly) mount('none', root, root, REMOUNT | BIND | READ_ONLY);
  else mount('tmpfs', 'tmpfs', join(root, 'tmp'), NO_SUID | NO_DEVICES, 'mode=1777');
  mount('none', data, join(root, 'data'), BIND);
}

/** Becomes the program; only comes back to throw. */
function become({ root, env, uid }: RootSetup, args: readonly string[]): never {
  must('chroot', libc.chroot(ptr(text(root))));
  must('chdir', libc.chdir(ptr(text('/data'))));
  must('setgroups', libc.setgroups(0n, null));
  must('setgid', libc.setgid(uid));
  must('setuid', libc.setuid(uid));
  // A change of the user takes it away, so that it is asked for afterwards: it ends with its starter.
  must('prctl', libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0n, 0n, 0n));
  const lists = [args, Object.entries(env).map(([name, value]) => `${name}=${value}`)].map((list) =>
    list.map(text),
  );
  const [argv, envp] = lists.map(
    (list) => new BigUint64Array([...list.map((item) => BigInt(ptr(item))), 0n]),
  );
  if (!argv || !envp) throw new Error('unreachable');
  libc.execve(ptr(text('/tinybase')), ptr(argv), ptr(envp));
  throw new Error(`/tinybase cannot be executed: ${lists.length}`);
}

const [setup = '', , ...args] = process.argv.slice(2);
const parsed = JSON.parse(setup) as RootSetup;
mountAll(parsed);
become(parsed, ['/tinybase', ...args]);
