import { beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { SettingStore } from '../../../src/features/settings/store.ts';

const AT = '2030-01-01T00:00:00.000Z';

/** What every store of settings must do. */
export function settingStoreContract(database: string, open: () => SettingStore): void {
  describe(`setting store on ${database}`, () => {
    let store: SettingStore;
    beforeEach(() => {
      store = open();
    });
    const change = async (changes: Readonly<Record<string, unknown>>) =>
      store.change(new Map(Object.entries(changes)), AT);

    test('nothing is stored at first, and forgetting what is not there changes nothing', async () => {
      expect(store.read()).toEqual({});
      expect(await change({ name: null })).toEqual([]);
      expect(await change({})).toEqual([]);
      expect(store.read()).toEqual({});
    });

    test('keys of one change come together, others stay as they were', async () => {
      await change({ a: 1, b: { deep: ['x', { ü: null }] } });
      expect(await change({ b: 'text', c: false, a: 1 })).toEqual([
        { key: 'b', was: { deep: ['x', { ü: null }] } },
        { key: 'c', was: null },
      ]);
      expect(store.read()).toEqual({ a: 1, b: 'text', c: false });
      expect(await change({ b: null })).toEqual([{ key: 'b', was: 'text' }]);
      expect(store.read()).toEqual({ a: 1, c: false });
    });

    test('changes that come at once all count, the last one of each key', async () => {
      await Promise.all([change({ a: 1, b: 1 }), change({ c: 2 }), change({ a: 3 })]);
      expect(store.read()).toEqual({ a: 3, b: 1, c: 2 });
    });

    test('what is read is what was written, for every JSON value', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ minLength: 1, unit: 'grapheme' }),
          fc.jsonValue().filter((value) => value !== null),
          async (key, value) => {
            await store.change(new Map([[key, value]]), AT);
            expect(JSON.stringify(store.read()[key])).toBe(JSON.stringify(value));
          },
        ),
        { numRuns: 50 },
      );
    });
  });
}
