import { beforeEach, describe, expect, test } from 'bun:test';
import type { ExtensionSource } from '../../../src/features/extensions/schema.ts';
import type { ExtensionStore, NewExtensionError } from '../../../src/features/extensions/store.ts';

const AT = '2030-01-01T00:00:00.000Z';
const LATER = '2030-01-02T00:00:00.000Z';
const ALL = { limit: 1_000, offset: 0 };
const SOURCE: ExtensionSource = {
  kind: 'git',
  location: 'https://example.com/hello.git',
  ref: 'v1',
  commit: 'abc',
};

const errorOf = (extension: string, message: string): NewExtensionError => ({
  extension,
  created_at: AT,
  event: 'on_startup',
  message,
  stack: null,
});

/** What every store of extensions must do. */
export function extensionStoreContract(database: string, open: () => ExtensionStore): void {
  describe(`extension store on ${database}`, () => {
    let store: ExtensionStore;
    beforeEach(() => {
      store = open();
    });
    const change = (set: Record<string, unknown>, unset: string[] = [], maxChars = 1_000) =>
      store.changeSettings('hello', { set, unset }, maxChars, LATER);
    const messages = async (name: string, window = ALL) =>
      (await store.listErrors(name, window)).items.map(({ message }) => message);

    test('one that was installed comes back enabled, without settings', async () => {
      expect(await store.find('hello')).toBeUndefined();
      await store.noteInstalled('hello', SOURCE, AT);
      const stored = {
        name: 'hello',
        isEnabled: true,
        source: SOURCE,
        settings: {},
        installedAt: AT,
        updatedAt: AT,
      };
      expect(await store.find('hello')).toEqual(stored);
      expect(await store.list()).toEqual([stored]);
    });

    test('one that is installed again keeps its settings and whether it is to run', async () => {
      await store.noteInstalled('hello', SOURCE, AT);
      await store.setEnabled('hello', false, AT);
      await change({ a: 1 });
      await store.noteInstalled('hello', { ...SOURCE, ref: 'v2' }, LATER);
      expect(await store.find('hello')).toMatchObject({
        isEnabled: false,
        settings: { a: 1 },
        source: { ref: 'v2' },
        installedAt: AT,
        updatedAt: LATER,
      });
    });

    test('one that nobody installed is noted by its first change', async () => {
      await store.setEnabled('hello', false, AT);
      expect(await store.find('hello')).toMatchObject({ isEnabled: false, source: null });
      await store.remove('hello');
      await change({ a: 1 });
      expect(await store.find('hello')).toMatchObject({ isEnabled: true, settings: { a: 1 } });
    });

    test('settings are set, changed and taken back one by one', async () => {
      await change({ a: 1, b: [2], __proto: 'x' });
      expect(await change({ a: null, c: {} }, ['b'])).toEqual({ a: null, c: {}, __proto: 'x' });
      expect((await store.find('hello'))?.updatedAt).toBe(LATER);
      const named = JSON.parse('{"__proto__":1,"constructor":2}');
      expect(JSON.stringify(await change(named, ['a', 'c', '__proto']))).toBe(
        '{"__proto__":1,"constructor":2}',
      );
    });

    test('settings that are too long together are refused, and nothing is changed', async () => {
      await change({ a: 'x'.repeat(50) });
      expect(await change({ b: 'x'.repeat(50) }, [], 100)).toBeUndefined();
      expect((await store.find('hello'))?.settings).toEqual({ a: 'x'.repeat(50) });
      expect(await change({ b: 'x'.repeat(50) }, ['a'], 100)).toEqual({ b: 'x'.repeat(50) });
    });

    test('changes of settings at once are all kept', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, n) => change({ [`k${n}`]: n })));
      expect(Object.keys((await store.find('hello'))?.settings ?? {})).toHaveLength(20);
    });

    test('errors come newest first, in pages, each with its extension', async () => {
      await store.addErrors([errorOf('a', '1'), errorOf('b', 'x'), errorOf('a', '2')], 10);
      await store.addErrors([{ ...errorOf('a', '3'), event: null, stack: 'at x' }], 10);
      expect(await messages('a')).toEqual(['3', '2', '1']);
      expect(await messages('a', { limit: 1, offset: 1 })).toEqual(['2']);
      const page = await store.listErrors('a', { limit: 1, offset: 0 });
      expect(page.total).toBe(3);
      expect(page.items).toEqual([
        { id: expect.any(Number), created_at: AT, event: null, message: '3', stack: 'at x' },
      ]);
      expect(await store.countErrors()).toEqual(
        new Map([
          ['a', 3],
          ['b', 1],
        ]),
      );
    });

    test('of each extension only the newest errors are kept', async () => {
      await store.addErrors([errorOf('b', 'x')], 3);
      await store.addErrors(
        ['1', '2', '3', '4', '5'].map((text) => errorOf('a', text)),
        3,
      );
      expect(await messages('a')).toEqual(['5', '4', '3']);
      expect(await messages('b')).toEqual(['x']);
    });

    test('one that is removed leaves nothing behind', async () => {
      await store.noteInstalled('a', SOURCE, AT);
      await store.noteInstalled('b', SOURCE, AT);
      await store.addErrors([errorOf('a', '1'), errorOf('b', '2')], 10);
      await store.remove('a');
      await store.remove('none');
      expect((await store.list()).map(({ name }) => name)).toEqual(['b']);
      expect(await messages('a')).toEqual([]);
      expect(await messages('b')).toEqual(['2']);
    });
  });
}
