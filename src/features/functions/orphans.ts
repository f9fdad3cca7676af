import { FFIType } from 'bun:ffi';
import { readdirSync, readFileSync } from 'node:fs';
import type { Logger } from '../../core/logger.ts';
import { openLibc } from '../../lib/libc.ts';

const EVERY_MS = 2_000;
const WNOHANG = 1;

/**
 * The first process of a container gets the children of workers that have ended, and dead ones stay in
 * the table of processes until it collects them. Bun collects its own children only. Does nothing in
 * a process that is not the first one.
 */
export function collectOrphans(logger: Pick<Logger, 'debug'>): void {
  if (process.platform !== 'linux' || process.pid !== 1) return;
  try {
    const { symbols } = openLibc({
      waitpid: { args: [FFIType.i32, FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
    });
    let seen = new Set<number>();
    setInterval(() => {
      const dead = findDeadChildren(process.pid);
      // Our own children are collected by Bun before this timer comes again; what is left is nobody's.
      for (const pid of dead) if (seen.has(pid)) symbols.waitpid(pid, null, WNOHANG);
      seen = new Set(dead);
    }, EVERY_MS).unref();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.debug('Dead processes that workers had started are not collected', { reason });
  }
}

function findDeadChildren(parent: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      // The name before it may hold anything: proc(5).
      const [state, itsParent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' && Number(itsParent) === parent ? [Number(name)] : [];
    } catch {
      // It has just gone.
      return [];
    }
  });
}
