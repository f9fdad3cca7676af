import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Linux tells of every process under /proc; where there is none, tests that look there are skipped. */
export const HAS_PROC = process.platform === 'linux';

/** The processes that one started and that still run, zombies left out. */
export function childrenOf(pid: number): number[] {
  return listProcesses()
    .filter(({ parent, state }) => parent === pid && state !== 'Z')
    .map((seen) => seen.pid);
}

export function isRunning(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.state !== 'Z';
}

export function countOpenFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export function readResidentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  /** A letter of proc(5): R and S live, Z is dead and not collected. */
  readonly state: string;
  /** Of its process ids; undefined when it has just ended. */
  readonly namespace: string | undefined;
}

/** Every process of this machine. */
export function listProcesses(): SeenProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    return stat === undefined
      ? []
      : [{ pid: Number(name), ...stat, namespace: readNamespace(Number(name)) }];
  });
}

export function readNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

function readStat(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    // The name in brackets may hold anything, brackets too.
    const [state = '', parent = ''] =
      readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
