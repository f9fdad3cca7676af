import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import fc from 'fast-check';
import type { Logger } from '../../../src/core/logger.ts';
import { CallHistory } from '../../../src/features/functions/calls.ts';
import { until } from '../../support/until.ts';
import { callRow, endedRow, openCallStore } from './call-store.ts';

setDefaultTimeout(600_000);

/** As in the source: more than that does not wait for a disk. */
const MAX_PENDING = 20_000;
const ALL = { limit: 1_000, offset: 0 };

function open() {
  const { store, saved, disk } = openCallStore();
  const lines: string[] = [];
  const log = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warning: log('warning'),
    error: log('error'),
    isEnabled: () => true,
  };
  return { history: new CallHistory(store, logger), store, saved, disk, lines, logger };
}

describe('writing the history', () => {
  test('a call that ends soon is one row of one write, not two', async () => {
    const { history, saved } = open();
    for (const id of ['1', '2', '3']) {
      history.note(callRow(id));
      history.note(endedRow(id));
    }
    await until(() => saved.length > 0);
    expect(saved).toEqual([[endedRow('1'), endedRow('2'), endedRow('3')]]);
    await history.close();
    expect(saved).toHaveLength(1);
  });

  test('a call that lasts is written as running by itself, and once more when it has ended', async () => {
    const { history, saved } = open();
    history.note(callRow('1'));
    history.note(endedRow('2'));
    await until(() => saved.flat().length === 2);
    expect(saved.flat().map(({ id }) => id)).toEqual(['2', '1']);
    history.note(endedRow('1'));
    await until(() => saved.flat().length === 3);
    expect((await history.list({}, ALL)).items.map(({ status }) => status)).toEqual([
      'succeeded',
      'succeeded',
    ]);
    await history.close();
  });

  test('calls stand in the order in which they began when they are written together', async () => {
    const { history } = open();
    history.note(callRow('parent'));
    history.note(callRow('child'));
    history.note(endedRow('child'));
    history.note(endedRow('parent'));
    const { items } = await history.list({}, ALL);
    expect(items.map(({ id }) => id)).toEqual(['child', 'parent']);
    await history.close();
  });

  test('very many at once are written in several steps, so that others have their turn', async () => {
    const { history, saved } = open();
    for (let n = 0; n < 1_300; n++) history.note(endedRow(String(n)));
    await history.flush();
    expect(saved.map(({ length }) => length)).toEqual([500, 500, 300]);
    await history.close();
  });

  test('a call that turned out to be none leaves no row, also when it is being written just then', async () => {
    const { history } = open();
    history.note(callRow('1'));
    const flushed = history.flush();
    history.forget('1');
    await flushed;
    expect((await history.list({}, ALL)).total).toBe(0);
    await history.close();
  });

  test('nor does one that waits for its turn in a write of several steps', async () => {
    const { store, saved, logger } = open();
    const history = new CallHistory(
      {
        ...store,
        async save(calls) {
          if (saved.length === 0) history.forget('last');
          await store.save(calls);
        },
      },
      logger,
    );
    for (let n = 0; n < 600; n++) history.note(callRow(String(n)));
    history.note(callRow('last'));
    await history.flush();
    expect(await store.find('last')).toBeUndefined();
    expect((await history.list({}, ALL)).total).toBe(600);
    await history.close();
  });

  test('a full disk is told once, however often it is tried, and once more when it is over', async () => {
    const { history, disk, lines } = open();
    disk.isFull = true;
    for (let n = 0; n < 10; n++) {
      history.note(endedRow(String(n)));
      await history.flush();
    }
    expect(disk.writes).toBe(10);
    expect(lines).toEqual([
      'error: The history of function calls cannot be written, and is tried again',
    ]);
    disk.isFull = false;
    // Nobody asks: it is tried again by itself.
    await until(() => lines.length === 2);
    expect(lines[1]).toBe('warning: The history of function calls is written again');
    expect((await history.list({}, ALL)).total).toBe(10);
    await history.close();
    expect(lines).toHaveLength(2);
  });

  test('a full disk does not fill the memory: the oldest are given up, none that stands there as running', async () => {
    const { history, disk, lines, store } = open();
    history.note(callRow('long'));
    await history.flush();
    disk.isFull = true;
    history.note(endedRow('long'));
    for (let n = 0; n < MAX_PENDING + 500; n++) {
      history.note(endedRow(String(n)));
      if (n % 5_000 === 0) await history.flush();
    }
    await history.flush();
    disk.isFull = false;
    await history.flush();
    expect((await store.list({}, { limit: 1, offset: 0 })).total).toBe(MAX_PENDING);
    expect(await store.find('long')).toEqual(endedRow('long'));
    expect(await store.find('0')).toBeUndefined();
    expect(await store.find(String(MAX_PENDING + 499))).toBeDefined();
    expect(lines).toHaveLength(2);
    await history.close();
  });

  test('what cannot be written at the last moment is told', async () => {
    const { history, disk, lines } = open();
    disk.isFull = true;
    history.note(endedRow('1'));
    history.note(endedRow('2'));
    await history.close();
    expect(lines.at(-1)).toBe('error: 2 function calls are missing in the history for good');
  });

  test('who reads is not held up by a write that hangs, and is shown what is written', async () => {
    const { store, logger } = open();
    await store.save([endedRow('written')]);
    const history = new CallHistory({ ...store, save: () => new Promise(() => {}) }, logger);
    history.note(endedRow('waiting'));
    const { items } = await history.list({}, ALL);
    expect(items.map(({ id }) => id)).toEqual(['written']);
    // One that is asked for by its name is there, though it stands nowhere yet.
    expect(await history.find('waiting')).toEqual(endedRow('waiting'));
  });

  test('whatever happens in whatever order, the history ends as the calls did', async () => {
    const step = fc.record({
      id: fc.constantFrom('1', '2', '3', '4'),
      act: fc.constantFrom('note', 'end', 'forget', 'flush', 'turn', 'full', 'free'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { history, disk, store } = open();
        const running = new Set<string>();
        const over = new Set<string>();
        const wanted = new Map<string, string>();
        const flushes: Promise<void>[] = [];
        for (const { id, act } of steps) {
          if (act === 'note' && !over.has(id) && !running.has(id)) {
            running.add(id);
            wanted.set(id, 'running');
            history.note(callRow(id));
          } else if (act === 'end' && running.delete(id)) {
            over.add(id);
            wanted.set(id, 'succeeded');
            history.note(endedRow(id));
          } else if (act === 'forget' && running.delete(id)) {
            over.add(id);
            wanted.delete(id);
            history.forget(id);
          } else if (act === 'flush') flushes.push(history.flush());
          else if (act === 'turn') await Bun.sleep(0);
          else if (act === 'full' || act === 'free') disk.isFull = act === 'full';
        }
        disk.isFull = false;
        await history.close();
        // A batch that failed while the disk was full is written by the next one.
        await history.flush();
        const { items } = await store.list({}, ALL);
        expect(new Map(items.map(({ id, status }) => [id, status as string]))).toEqual(wanted);
      }),
      { numRuns: 150 },
    );
  });
});
