import type { Places } from './places.ts';
import type { CopiedDatabase, DatabaseCopier } from './store.ts';

export interface MakeDeps {
  readonly copier: DatabaseCopier;
  readonly places: Places;
  /** The database. */
  readonly source: string;
}

export interface MakeOptions {
  readonly name: string;
  readonly signal: AbortSignal;
  /** Told how far it is, from 0 to 1. */
  readonly onProgress: (done: number) => void;
}

/** Copying and sending take about as long as each other. */
const COPY_SHARE = 0.5;

/** Makes a backup of this name where new ones go. */
export async function makeBackup(
  { copier, places, source }: MakeDeps,
  { name, signal, onProgress }: MakeOptions,
): Promise<CopiedDatabase> {
  const { current, local } = places;
  await local.prepare();
  if (current.kind === 'folder')
    return copier.copy({
      source,
      target: current.pathOf(name),
      mayReplace: false,
      signal,
      onProgress,
    });
  const upload = `${name}.upload`;
  try {
    const copied = await copier.copy({
      source,
      target: local.pathOf(upload),
      mayReplace: false,
      signal,
      onProgress: (done) => onProgress(done * COPY_SHARE),
    });
    await current.send(local.pathOf(upload), name, {
      signal,
      onProgress: (done) => onProgress(COPY_SHARE + done * (1 - COPY_SHARE)),
    });
    return copied;
  } catch (error) {
    // What was given up may arrive all the same.
    void current.remove(name).catch(() => undefined);
    throw error;
  } finally {
    await local.remove(upload);
  }
}
