/** Ends a process that leads a group, and all that it has started. Nobody left in it is no error. */
export function killGroup(pid: number): void {
  if (process.platform === 'win32') return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}
