import { expect, mock, setDefaultTimeout, test } from 'bun:test';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../support/until.ts';

setDefaultTimeout(600_000);

/** Called when a folder is about to be watched. */
let beforeWatch = (_folder: string) => {};
const { watch } = fs;
mock.module('node:fs', () => ({
  ...fs,
  watch: (folder: string, onEvent: () => void) => {
    beforeWatch(folder);
    return watch(folder, onEvent);
  },
}));
const { watchFunctions } = await import('../../../src/features/functions/watch.ts');

test('an edit is noticed in a folder that was made in a new one just before that was watched', async () => {
  const dir = fs.mkdtempSync(join(tmpdir(), 'tinybase-watch-'));
  const path = join(dir, 'lib', 'deep', 'word.ts');
  let changes = 0;
  let isMade = false;
  beforeWatch = (folder) => {
    if (folder !== join(dir, 'lib') || isMade) return;
    isMade = true;
    fs.mkdirSync(join(dir, 'lib', 'deep'));
    fs.writeFileSync(path, '1');
  };
  const watched = watchFunctions({ path: dir, file: null, isWatched: true }, () => {
    changes++;
  });
  try {
    fs.mkdirSync(join(dir, 'lib'));
    await until(() => isMade && changes > 0, 'the new folder is noticed');
    const before = changes;
    fs.writeFileSync(path, '2');
    await until(() => changes > before, 'the edit is noticed');
    expect(changes).toBeGreaterThan(before);
  } finally {
    watched.stop();
    fs.rmSync(dir, { recursive: true });
  }
});
