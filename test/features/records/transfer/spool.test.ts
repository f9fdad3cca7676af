import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { openSpool, removeStaleSpools } from '../../../../src/core/spool.ts';
import { newId } from '../../../../src/lib/ids.ts';
import { temporaryFolder } from '../data-app.ts';

const nameOf = (pid: number) => `.tinybase-import-${pid}-${newId()}.ndjson`;

test('rows wait in a file that nobody else may read, and that goes', async () => {
  using folder = temporaryFolder();
  const spool = await openSpool(folder.path);
  spool.add({ line: 2, data: { a: '\n' }, patch: {} });
  spool.add({ line: 3, patch: { b: null } });
  await spool.finish();
  expect(statSync(spool.path).mode & 0o777).toBe(0o600);
  expect(readFileSync(spool.path, 'utf8').trimEnd().split('\n')).toHaveLength(2);
  expect(spool.rows()).toBe(2);
  await spool.remove();
  expect(readdirSync(folder.path)).toEqual([]);
});

test('what a killed process left behind goes with the next start; what others use stays', async () => {
  using folder = temporaryFolder();
  const dead = Bun.spawn(['true']);
  await dead.exited;
  const names = {
    ofDead: nameOf(dead.pid),
    // In a container every server has the same number.
    ofFormerSelf: nameOf(process.pid),
    ofParent: nameOf(process.ppid),
    foreign: 'import-1.ndjson',
  };
  for (const name of Object.values(names)) writeFileSync(folder.file(name), '');
  const own = await openSpool(folder.path);
  await removeStaleSpools(folder.path);
  expect(readdirSync(folder.path).sort()).toEqual(
    [names.ofParent, names.foreign, own.path.slice(folder.path.length + 1)].sort(),
  );
  await own.remove();
  expect(existsSync(own.path)).toBe(false);
});
