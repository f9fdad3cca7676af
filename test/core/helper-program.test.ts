import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { askHelper } from '../../src/core/helper-program.ts';

setDefaultTimeout(600_000);

const ask = (script: string) => askHelper(['/bin/sh', '-c', script], {});

describe('a helper', () => {
  test('is heard to the end, whatever it says and how', async () => {
    const { code, out, err } = await ask(
      'i=0; while [ $i -lt 20000 ]; do echo "line $i é"; i=$((i + 1)); done; echo no >&2; exit 3',
    );
    expect([code, err, out.split('\n').length, out.endsWith('line 19999 é\n')]).toEqual([
      3,
      'no\n',
      20_001,
      true,
    ]);
  });

  test('is not waited for longer because something that it left behind holds its output', async () => {
    const { code, out } = await ask('sleep 100 & echo "$!"');
    expect(code).toBe(0);
    // Still there: it was the answer that did not wait for it.
    process.kill(Number(out), 'SIGKILL');
  });
});
