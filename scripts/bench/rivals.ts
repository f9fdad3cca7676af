import { findPocketBase, startPocketBase } from './pocketbase.ts';
import type { Rival } from './rival.ts';
import { startTinyBase } from './tinybase.ts';

export { findPocketBase };

/** TinyBase, and PocketBase when its program is given. */
export async function startRivals(pocketbase: string | undefined): Promise<readonly Rival[]> {
  const rivals: Rival[] = [await startTinyBase()];
  try {
    if (pocketbase !== undefined) rivals.push(await startPocketBase(pocketbase));
    return rivals;
  } catch (error) {
    await stopRivals(rivals);
    throw error;
  }
}

export async function stopRivals(rivals: readonly Rival[]): Promise<void> {
  await Promise.all(rivals.map((rival) => rival.stop()));
}
