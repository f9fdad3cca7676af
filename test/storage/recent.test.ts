import { expect, test } from 'bun:test';
import { createRecent } from '../../src/storage/sqlite/recent.ts';

function setUp() {
  const time = { ms: 0 };
  const reads: string[] = [];
  const recent = createRecent(100, () => time.ms);
  return {
    time,
    reads,
    recent,
    slow: (key: string) =>
      recent.read(key, async () => {
        reads.push(key);
        await Bun.sleep(1);
        return `${key} ${reads.length}`;
      }),
  };
}

test('who asks for the same meanwhile, or shortly after, is given the same', async () => {
  const { slow, reads, time } = setUp();
  expect(await Promise.all([slow('a'), slow('a'), slow('b')])).toEqual(['a 2', 'a 2', 'b 2']);
  time.ms = 99;
  expect(await slow('a')).toBe('a 2');
  expect(reads).toEqual(['a', 'b']);
  time.ms = 100;
  expect(await slow('a')).toBe('a 3');
});

test('what is at hand at once is read each time', () => {
  const { recent } = setUp();
  let n = 0;
  expect(recent.read('a', () => ++n)).toBe(1);
  expect(recent.read('a', () => ++n)).toBe(2);
});

test('a failure is told to those who waited for it, and the next one reads again', async () => {
  const { recent, slow } = setUp();
  const failing = () => recent.read('a', () => Promise.reject(new Error('busy')));
  const both = await Promise.allSettled([failing(), failing()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await slow('a')).toBe('a 1');
});
