import { readdirSync, readFileSync } from 'node:fs';

/** Linux tells of every process under /proc; where there is none, tests that look there are skipped. */
export const HAS_PROC = process.platform === 'linux';

/** The processes that one started and that still run, zombies left out. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => {
      const stat = readStat(candidate);
      return stat !== undefined && stat.parent === pid && stat.state !== 'Z';
    });
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
