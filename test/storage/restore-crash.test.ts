import { expect, test } from 'bun:test';
import { readdirSync, rmSync } from 'node:fs';
import { createCopier } from '../../src/storage/sqlite/copier.ts';
import { closeFile, openFile } from '../../src/storage/sqlite/open-file.ts';
import { restoreDatabase } from '../../src/storage/sqlite/restore-database.ts';
import { temporaryFolder } from '../features/records/data-app.ts';
import { makeDatabase, readText, writeText } from './whole-database.ts';

const KILLS = 15;
const MAX_DELAY_MS = 250;

/** Restores one backup after the other, and writes a little into each as a server would, until it is killed. */
async function restoreForever(path: string, backups: readonly string[]): Promise<void> {
  const copier = createCopier();
  for (let round = 0; ; round++) {
    const source = backups[round % backups.length] ?? '';
    await restoreDatabase(copier, { path, source, keepsSessions: false, stamp: 'x' });
    console.log('restored');
    const db = openFile(path);
    writeText(db, `${source} and more`);
    closeFile(db, path);
  }
}

if (process.env.RESTORE_PATH !== undefined) {
  await restoreForever(process.env.RESTORE_PATH, JSON.parse(process.env.RESTORE_BACKUPS ?? '[]'));
}

test('kill -9 at any moment of a restore leaves the old database or the new one, whole', async () => {
  using folder = temporaryFolder();
  const path = folder.file('now.db');
  const backups = [folder.file('small.db'), folder.file('big.db')];
  makeDatabase(backups[0] ?? '', backups[0]);
  makeDatabase(backups[1] ?? '', backups[1], 3);
  makeDatabase(path, 'first');
  const expected = ['first', ...backups.flatMap((name) => [name, `${name} and more`])];
  let restores = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = Bun.spawn([process.execPath, import.meta.path], {
      env: { ...process.env, RESTORE_PATH: path, RESTORE_BACKUPS: JSON.stringify(backups) },
      stdout: 'pipe',
    });
    const reader = child.stdout.getReader();
    await reader.read();
    await Bun.sleep(Math.random() * MAX_DELAY_MS);
    child.kill('SIGKILL');
    await child.exited;
    restores++;
    // What SQLite was doing is ended by whoever opens it next, as a server would.
    closeFile(openFile(path), path);
    const text = readText(path) ?? '';
    expect(expected).toContain(text);
    for (const name of readdirSync(folder.path)) {
      if (!name.includes('.before-restore-') || /-(wal|shm|journal)$/.test(name)) continue;
      expect(expected).toContain(readText(folder.file(name)) ?? '');
      rmSync(folder.file(name));
    }
  }
  expect(restores).toBe(KILLS);
  // What was left behind is swept away by the next one.
  const source = backups[0] ?? '';
  await restoreDatabase(createCopier(), { path, source, keepsSessions: false, stamp: 'last' });
  expect(readText(path)).toBe(source);
  expect(readdirSync(folder.path).filter((name) => name.includes('.restoring'))).toEqual([]);
});
