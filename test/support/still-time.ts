import { spyOn } from 'bun:test';

/** Time stands still while this acts: what is cut by the time that it took is cut by nothing else then. */
export async function inStillTime<Result>(act: () => Promise<Result>): Promise<Result> {
  const clock = spyOn(performance, 'now').mockReturnValue(performance.now());
  try {
    return await act();
  } finally {
    clock.mockRestore();
  }
}
