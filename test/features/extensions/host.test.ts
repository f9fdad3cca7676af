import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { HookRefusal } from '../../../src/features/extensions/before-hooks.ts';
import { childrenOf, HAS_PROC, isRunning } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { openHost } from './host-app.ts';

describe('loading', () => {
  test('each extension is told that it runs, in the order of the names', async () => {
    await using app = openHost();
    const started =
      'on_startup(({ name, version }, ctx) => ctx.log.info(name, version, ctx.settings.a));';
    await app.run({ b: started, a: started }, { a: 7 });
    await until(() => app.texts().includes('b 1.0.0 7'), 'both have started');
    expect(app.texts().filter((text) => text.endsWith(' 7'))).toEqual(['a 1.0.0 7', 'b 1.0.0 7']);
    expect(app.host.status('a')).toEqual({ state: 'running', error: null, hooks: ['on_startup'] });
    expect(app.host.status('c')).toEqual({ state: 'stopped', error: null, hooks: [] });
  });

  test('one that does not load is marked with file and line, and the others run', async () => {
    await using app = openHost();
    await app.run({
      bad: "\nthrow new Error('no key');",
      broken: 'const = 1;',
      good: 'on_record_create(() => {});',
      late: 'setTimeout(() => { on_record_create(() => {}); }, 20);',
      lost: "import 'no-such-package';",
    });
    const { host } = app;
    expect(host.status('bad')).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/bad\/main\.ts:4:\d+: no key$/),
    });
    expect(host.status('broken').error).toMatch(/broken\/main\.ts:3:\d+: /);
    expect(host.status('lost').error).toContain('no-such-package');
    expect(host.status('good').state).toBe('running');
    // What is registered later counts for nothing, and costs nobody anything.
    const findLate = () => app.faults.find(({ extension }) => extension === 'late');
    await until(() => findLate() !== undefined, 'it is told');
    expect(findLate()?.message).toContain('counts only while the extension loads');
    const others = app.faults.filter(({ extension }) => extension !== 'late');
    expect(others.map(({ extension, event }) => [extension, event])).toEqual([
      ['bad', 'load'],
      ['broken', 'load'],
      ['lost', 'load'],
    ]);
  });

  test('one that ends the process while it loads is left out, and the others run', async () => {
    await using app = openHost();
    await app.run({
      a: 'on_startup(() => {});',
      b: 'process.exit(3);',
      c: 'on_startup(() => {});',
    });
    expect(['a', 'b', 'c'].map((name) => app.host.status(name).state)).toEqual([
      'running',
      'failed',
      'running',
    ]);
    expect(app.host.status('b').error).toContain('while it was loaded (exit code 3)');
  });

  test('wrong registrations say what would be right', async () => {
    await using app = openHost();
    const wrong = {
      a: "on_record_create({ name: 'posts' }, () => {});",
      b: "hooks.on_startup({ collection: 'posts' }, () => {});",
      c: 'on_record_create();',
      d: "hooks.on_function_call({ name: '' }, () => {});",
      e: "on_record_create({ collection: 'a', more: 1 }, () => {});",
    };
    await app.run(wrong);
    const errors = Object.keys(wrong).map((name) => app.host.status(name).error ?? '');
    const words = [
      '{ collection: "…" }',
      'has no filter',
      'wants a handler',
      '{ name: "…" }',
      '{ collection: "…" }',
    ];
    for (const [index, word] of words.entries()) expect(errors[index]).toContain(word);
  });

  test('it is told which register functions, and only when that changed', async () => {
    await using app = openHost();
    await app.run({
      a: "import { register } from 'tinybase';\nregister({ name: 'x' }, () => 1);",
      b: 'before_record_create((event) => { if (event.data.exit) process.exit(); });',
    });
    await expect(app.ask({ exit: true })).rejects.toThrow('cannot be checked');
    expect(await app.ask({ a: 1 })).toEqual({ a: 1 });
    expect(app.functions).toEqual([[app.entryOf('a')]]);
    await app.run({});
    expect(app.functions.at(-1)).toEqual([]);
  });

  test.skipIf(!HAS_PROC)('functions cannot read its environment while it starts', async () => {
    const env = { ...process.env, SECRET: 'shown to extensions' };
    await using app = openHost({ env });
    await app.run({ a: 'on_startup(() => console.log(process.env.SECRET, process.pid));' });
    const find = () => /^shown to extensions (\d+)$/m.exec(app.texts().join('\n'))?.[1];
    await until(() => find() !== undefined, 'it has written');
    // Its own number: the process of the test before may be ending still.
    const pid = Number(find());
    expect(childrenOf(process.pid)).toContain(pid);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('SECRET');
  });
});

describe('before-hooks', () => {
  test('each extension sees what the one before it left, in the order of their names', async () => {
    await using app = openHost();
    const add = (letter: string) =>
      `before_record_create({ collection: 'posts' }, async (event) => { event.data.seen += '${letter}'; });`;
    await app.run({
      b: add('b'),
      a: `${add('1')}before_record_create((event) => ({ ...event.data, seen: event.data.seen + '2' }));`,
      c: "before_record_create({ collection: 'other' }, () => ({ seen: 'never' }));",
    });
    expect(await app.ask({ seen: '' })).toEqual({ seen: '12b' });
    expect(app.host.hasBefore('before_record_create', 'posts')).toBe(true);
    expect(app.host.hasBefore('before_record_update', 'posts')).toBe(false);
  });

  test('a HookError has its status; what else is thrown has none and is noted', async () => {
    await using app = openHost();
    await app.run({
      a: `before_record_create((event) => {
        if (event.data.meant) throw new HookError(409, 'Taken');
        if (event.data.wrong) return 5;
        if (event.data.odd) throw new HookError(99, 'never');
        JSON.stringify(event.data.nothing.at.all);
      });`,
    });
    const refusal = async (data: object) => {
      try {
        return await app.ask(data);
      } catch (error) {
        return error instanceof HookRefusal ? [error.status, error.message] : error;
      }
    };
    expect(await refusal({ meant: true })).toEqual([409, 'Taken']);
    expect(app.faults).toEqual([]);
    expect(await refusal({})).toEqual([null, expect.stringContaining('undefined')]);
    expect(await refusal({ wrong: true })).toEqual([null, expect.stringContaining('an object')]);
    expect(await refusal({ odd: true })).toEqual([null, expect.stringContaining('400 to 599')]);
    expect(app.faults.map(({ extension, event }) => [extension, event])).toEqual(
      Array(3).fill(['a', 'before_record_create']),
    );
    expect(app.faults[0]?.stack).toContain('a/main.ts:');
  });

  test('no answer in time is 503 and costs nobody else anything', async () => {
    await using app = openHost({ beforeTimeoutMs: 1_500 });
    await app.run({
      a: 'before_record_create(async (event) => { if (event.data.never) await new Promise(() => {}); });',
    });
    const never = app.ask({ never: true }).catch((error) => error);
    expect(await app.ask({ a: 1 })).toEqual({ a: 1 });
    expect((await never).code).toBe('unavailable');
    expect(app.faults.map(({ message }) => message)).toEqual([
      'There was no answer within 1.5 s; the write was refused.',
    ]);
  });

  test('a spinning hook, process.exit and a crash cost no write but their own', async () => {
    await using app = openHost();
    await app.run({
      a: `before_record_create(async (event) => {
        if (event.data.slow) await Bun.sleep(50);
        if (event.data.spin) for (;;);
        if (event.data.exit) process.exit(1);
        if (event.data.kill) process.kill(process.pid, 'SIGKILL');
        event.data.seen = true;
      });`,
    });
    for (const how of ['exit', 'kill', 'exit', 'kill', 'spin']) {
      const begun = app.ask({ slow: true });
      const bad = app.ask({ [how]: true }).catch((error) => error.code);
      const after = Array.from({ length: 20 }, (_, n) => app.ask({ n }));
      expect(await bad).toBe('unavailable');
      expect(await begun).toEqual({ slow: true, seen: true });
      expect(await Promise.all(after)).toEqual(
        Array.from({ length: 20 }, (_, n) => ({ n, seen: true })),
      );
    }
    expect(app.faults.filter(({ event }) => event === 'process')).toHaveLength(5);
    expect(app.host.status('a').state).toBe('running');
  });

  test('writes wait while the extensions start', async () => {
    await using app = openHost();
    const restarted = app.run({
      a: 'await Bun.sleep(100);\nbefore_record_create(() => ({ checked: true }));',
    });
    await until(() => app.host.status('a').state === 'starting', 'it begins');
    expect(app.host.hasBefore('before_record_create', 'posts')).toBe(true);
    expect(await app.ask({})).toEqual({ checked: true });
    await restarted;
  });

  test('what an extension guarded when it was loaded last stays shut while it does not load', async () => {
    await using app = openHost();
    await app.run({ guard: "before_record_create({ collection: 'posts' }, () => {});", open: '' });
    const kept = app.remembered();
    expect(Object.keys(kept)).toEqual(['guard', 'open']);
    await using later = openHost({ remembered: kept });
    await later.run({ guard: "throw new Error('no network');", open: "throw new Error('too');" });
    expect(later.host.hasBefore('before_record_create', 'posts')).toBe(true);
    expect(later.host.hasBefore('before_record_create', 'other')).toBe(false);
    const error = await later.ask({}).catch((thrown) => thrown);
    expect([error.code, error.message.includes('guard')]).toEqual(['unavailable', false]);
    expect(later.texts().some((text) => text.includes('the extension guard has'))).toBe(true);
    // Nor does it open while it cannot even be tried.
    await later.run({ guard: '' }, {}, { guard: 'Its manifest is faulty.' });
    expect(later.host.status('guard')).toMatchObject({
      state: 'failed',
      error: 'Its manifest is faulty.',
    });
    expect(later.host.hasBefore('before_record_create', 'posts')).toBe(true);
    // Taken out of the set, it guards nothing any more.
    await later.run({});
    expect(later.host.hasBefore('before_record_create', 'posts')).toBe(false);
  });
});

describe('on-hooks', () => {
  test('events come one at a time and in order, whatever each takes', async () => {
    await using app = openHost();
    await app.run({
      a: `on_record_create(async ({ data }) => { await Bun.sleep(data.n % 3 ? 0 : 5); console.log('a' + data.n); });`,
      b: `on_record_create({ collection: 'posts' }, ({ data }) => console.log('b' + data.n));`,
    });
    for (let n = 0; n < 30; n++) app.emit({ n }, n % 2 ? 'posts' : 'other');
    await until(() => app.texts().includes('a29'), 'the last came');
    const seenBy = (who: string) =>
      app
        .texts()
        .filter((text) => new RegExp(`^${who}\\d`).test(text))
        .map((text) => Number(text.slice(1)));
    expect(seenBy('a')).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(seenBy('b')).toEqual(Array.from({ length: 15 }, (_, n) => 2 * n + 1));
    expect(app.lines.find(({ text }) => text === 'b1')?.fields).toEqual({ extension: 'b' });
  });

  test('an error is noted with the name of the extension, and the next handler and event come', async () => {
    await using app = openHost();
    await app.run({
      a: `on_record_create(({ data }) => { data.n = -1; throw new TypeError('oh'); });
          on_record_create(({ data }) => console.log('second ' + data.n));
          on_startup(() => { setTimeout(() => { throw new Error('later'); }); });`,
    });
    app.emit({ n: 1 });
    app.emit({ n: 2 });
    await until(() => app.texts().includes('second 2') && app.faults.length === 3, 'both came');
    expect(app.texts()).toContain('second 1');
    const told = app.faults.map(({ extension, event, message }) => [extension, event, message]);
    expect(told).toContainEqual(['a', 'on_record_create', 'oh']);
    expect(told).toContainEqual(['a', 'uncaught', 'later']);
  });

  test('a handler that never ends is given up, and the next event comes', async () => {
    await using app = openHost({ onTimeoutMs: 200 });
    await app.run({
      a: `on_record_create(async ({ data }) => { console.log('got ' + data.n); if (data.n === 1) await new Promise(() => {}); });`,
    });
    app.emit({ n: 1 });
    app.emit({ n: 2 });
    await until(() => app.texts().includes('got 2'), 'the second came');
    expect(app.faults[0]?.message).toContain('did not end within 0.2 s');
  });

  test('more events than a slow extension can take are counted and dropped, not kept', async () => {
    await using app = openHost();
    await app.run({ a: 'on_record_create(() => new Promise(() => {}));' });
    for (let n = 0; n < 10_100; n++) app.emit({ n });
    await until(() => app.faults.length > 0, 'it is told');
    expect(app.faults).toEqual([
      {
        extension: 'a',
        event: 'queue',
        message: '99 events were dropped: more came than its handlers can take.',
        stack: null,
      },
    ]);
  });

  test('one that ends the process again and again is left out, and the others run on', async () => {
    await using app = openHost();
    await app.run({
      bad: 'on_startup(() => process.exit(7));',
      good: "on_record_create(({ data }) => console.log('good ' + data.n));",
    });
    await until(() => app.host.status('bad').state === 'failed', 'it is given up');
    expect(app.host.status('bad').error).toContain('3 times in a row');
    app.emit({ n: 1 });
    await until(() => app.texts().includes('good 1'), 'the other goes on');
    expect(app.faults.filter(({ event }) => event === 'process')).toHaveLength(3);
    expect(app.faults.every(({ extension }) => extension === 'bad')).toBe(true);
  });
});

describe('attack', () => {
  test('an error that throws when it is looked at refuses at once, like any other', async () => {
    await using app = openHost();
    await app.run({
      gate: `before_record_create(({ data }) => {
        if (data.n === 1) throw Object.defineProperty(new HookError(400, 'no'), 'status', { get() { throw 1; } });
        throw new Proxy({}, { getPrototypeOf() { throw 2; }, get() { throw 3; } });
      });`,
    });
    for (const n of [1, 2]) expect(app.ask({ n })).rejects.toMatchObject({ status: null });
    await until(() => app.faults.length === 2, 'both are told');
    expect(app.faults.every(({ message }) => !message.includes('no answer'))).toBe(true);
  });

  test('data without measure is refused in the process of the extension', async () => {
    await using app = openHost();
    await app.run({
      gate: "before_record_create(({ data }) => ({ n: 'x'.repeat(data.n) }));",
    });
    expect(app.ask({ n: 17 * 1024 * 1024 })).rejects.toThrow('more than 16 MB');
    expect(await app.ask({ n: 3 })).toEqual({ n: 'xxx' });
  });

  test('errors without end fill neither the log nor the list', async () => {
    await using app = openHost();
    await app.run({
      flood: `on_startup(() => { for (let n = 0; n < 5_000; n++) Promise.reject(new Error('one of many')); });
        on_record_create(() => console.log('done'));`,
    });
    app.emit({});
    await until(() => app.texts().includes('done'), 'it is over');
    const told = app.faults.map(({ message }) => message);
    expect(told).toContain('[further errors are dropped]');
    expect(told.length).toBeLessThan(1_000);
  });

  test('a timer that ends the process is put down to its extension, though no stack names it', async () => {
    await using app = openHost();
    await app.run({
      bad: 'on_startup(() => { setTimeout(() => process.exit(8), 1); });',
      good: "on_record_create(() => console.log('good'));",
    });
    await until(() => app.host.status('bad').state === 'failed', 'it is given up');
    app.emit({});
    await until(() => app.texts().includes('good'), 'the other goes on');
  });

  test('one that never loads does not hold up the end', async () => {
    const app = openHost();
    const started = app.run({ a: 'await new Promise(() => {});', b: 'for (;;);' });
    await until(() => app.host.hasBefore('before_record_create', 'posts'), 'it is loading');
    await app.host.stop(0);
    await started;
    expect(app.faults).toEqual([]);
  });
});

describe('what handlers ask for', () => {
  test('is put down to whoever caused the event, one hook deeper', async () => {
    await using app = openHost();
    await app.run({
      a: `on_record_create(async (_event, ctx) => {
        await ctx.db.collection('log').create({ a: 1 });
        await ctx.functions.call('tidy', { b: 2 });
        console.log('asked');
      });`,
    });
    app.emit({}, 'posts', { userId: 'ann', requestId: 'r1', depth: 2 });
    await until(() => app.texts().includes('asked'), 'it has asked');
    const origin = { extension: 'a', userId: 'ann', requestId: 'r1', depth: 3 };
    expect(app.asked).toEqual([
      {
        name: 'db',
        body: { as_caller: false, collection: 'log', op: 'create', data: { a: 1 }, id: null },
        origin,
      },
      { name: 'call_function', body: { name: 'tidy', payload: { b: 2 } }, origin },
    ]);
  });

  test('is still answered when the handler has ended, for what an extension leaves running', async () => {
    await using app = openHost();
    await app.run({
      a: `on_startup((_event, ctx) => {
        setTimeout(async () => { await ctx.db.collection('log').count(); ctx.log.info('still there'); }, 20);
      });`,
    });
    await until(() => app.texts().includes('still there'), 'it was answered');
  });
});

describe('stopping', () => {
  test('on_shutdown comes before a restart and before the end, after what was waiting', async () => {
    const app = openHost();
    const source = `on_record_create(async ({ data }) => { await Bun.sleep(20); console.log('event ' + data.n); });
      on_shutdown(async ({ name }) => { await Bun.sleep(20); console.log('down ' + name); });`;
    await app.run({ a: source });
    app.emit({ n: 1 });
    app.emit({ n: 2 });
    await app.run({ a: source });
    const own = () => app.texts().filter((text) => /^(event|down)/.test(text));
    expect(own()).toEqual(['event 1', 'event 2', 'down a']);
    const [pid = 0] = HAS_PROC ? childrenOf(process.pid) : [];
    await app.host.stop(5_000);
    expect(own().at(-1)).toBe('down a');
    expect(app.host.hasBefore('before_record_create', 'posts')).toBe(false);
    if (HAS_PROC) await until(() => !isRunning(pid), 'the process is gone');
  });

  test('an on_shutdown that never ends is not waited for', async () => {
    const app = openHost();
    await app.run({ a: 'on_shutdown(() => new Promise(() => {}));' });
    await app.host.stop(0);
    expect(app.host.status('a').state).toBe('stopped');
  });
});
