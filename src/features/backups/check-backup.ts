import { open } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import type { Places } from './places.ts';
import type { DatabaseCopier, InspectedDatabase, StoredBackup } from './store.ts';
import type { StoredFile } from './stored-file.ts';

export interface CheckDeps {
  readonly copier: DatabaseCopier;
  readonly places: Places;
}

/** `ok`, or what is wrong with a backup. */
export async function checkBackup(
  deps: CheckDeps,
  { location, sha256: expected }: StoredBackup,
  signal: AbortSignal,
): Promise<string> {
  try {
    const { sha256, faults } = await inspectBackup(deps, location, signal);
    if (faults.length > 0) return faults.join('; ');
    return sha256 === expected ? 'ok' : 'It is not the file that was made: its SHA-256 is another.';
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return error.message;
    throw error;
  }
}

/** Looks at all of a backup, wherever it lies. Throws when it is gone. */
export async function inspectBackup(
  { copier, places }: CheckDeps,
  location: string,
  signal: AbortSignal,
): Promise<InspectedDatabase> {
  const { place, name } = places.of(location);
  if (place.kind === 'folder') return copier.inspect(place.pathOf(name), signal);
  const copy = `${name}.check`;
  try {
    await places.local.prepare();
    await download(await place.read(name), places.local.pathOf(copy));
    return await copier.inspect(places.local.pathOf(copy), signal);
  } finally {
    await places.local.remove(copy);
  }
}

async function download({ chunks }: StoredFile, path: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}
