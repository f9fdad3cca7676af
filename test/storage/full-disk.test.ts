import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { openConnection } from '../../src/storage/sqlite/connection.ts';
import { temporaryFolder } from '../features/records/data-app.ts';

test('a full disk keeps nobody from closing the database, and what was written stays', () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const module = join(import.meta.dir, '../../src/storage/sqlite/connection.ts');
  const script = `const { openConnection } = await import(${JSON.stringify(module)});
    const { db, close } = openConnection({ path: ${JSON.stringify(path)} });
    let kept = 0;
    try {
      for (;;) {
        db.run("INSERT INTO meta VALUES (?, ?)", [String(kept), 'x'.repeat(20_000)]);
        // The log begins anew, so that both together are more than the file may hold.
        if (++kept === 15) db.run('PRAGMA wal_checkpoint(TRUNCATE)');
      }
    } catch {}
    close();
    console.log(kept);`;
  // No file may grow beyond this: the nearest to a full disk that needs no rights.
  const limited = `trap '' XFSZ; ulimit -f 2048; exec "$0" -e "$1"`;
  const child = Bun.spawnSync(['sh', '-c', limited, process.execPath, script]);
  expect(child.stderr.toString()).toBe('');
  const kept = Number(child.stdout.toString());
  expect(kept).toBeGreaterThan(0);
  const { db, close } = openConnection({ path });
  expect(db.query('SELECT count(*) AS n FROM meta').get()).toEqual({ n: kept });
  close();
});
