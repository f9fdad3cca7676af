import { beforeEach, describe, expect, test } from 'bun:test';
import type { DeploymentStore, StoredDeployment } from '../../../src/features/deployments/store.ts';

const AT = '2030-01-01T00:00:00.000Z';
const ALL = { limit: 100, offset: 0 };

function deployment(id: string, changes: Partial<StoredDeployment> = {}): StoredDeployment {
  return {
    id,
    created_at: AT,
    created_by_user_id: null,
    message: null,
    file_count: 1,
    bytes: 10,
    checksum: 'abc',
    functions: [{ name: 'add', file: 'functions/add.ts' }],
    files: { 'functions/add.ts': 'hash' },
    ...changes,
  };
}

/** What every store of deployments must do. */
export function deploymentStoreContract(database: string, open: () => DeploymentStore): void {
  describe(`deployment store on ${database}`, () => {
    let store: DeploymentStore;
    beforeEach(() => {
      store = open();
    });
    const idsOf = async (window = ALL) => (await store.list(window)).items.map(({ id }) => id);
    const add = async (id: string, keep = 5) => {
      await store.begin(id);
      await store.finish(deployment(id), keep);
    };

    test('a deployment comes back as it was finished', async () => {
      const finished = deployment('a', {
        created_by_user_id: 'ann',
        message: 'First',
        files: { 'functions/add.ts': 'x', 'functions/__proto__': 'y', 'functions/ü.ts': 'z' },
      });
      await store.begin('a');
      expect(await store.find('a')).toBeUndefined();
      await store.finish(finished, 5);
      expect(await store.find('a')).toEqual(finished);
      expect(await store.findActive()).toEqual(finished);
      expect(await store.find('b')).toBeUndefined();
      const { files: _files, ...shown } = finished;
      expect(await store.list(ALL)).toEqual({
        items: [{ ...shown, functions: ['add'], is_active: true }],
        total: 1,
      });
    });

    test('the one before is the one that was deployed before, whichever is active', async () => {
      for (const id of ['a', 'b', 'c']) await add(id);
      await store.activate('a');
      expect((await store.findBefore('c'))?.id).toBe('b');
      expect((await store.findBefore('b'))?.id).toBe('a');
      expect(await store.findBefore('a')).toBeUndefined();
      expect(await store.findBefore('none')).toBeUndefined();
    });

    test('a folder is noted until it is a deployment or is forgotten', async () => {
      await store.begin('a');
      await store.begin('b');
      expect(await store.remains()).toEqual(['a', 'b']);
      await store.finish(deployment('a'), 5);
      expect(await store.remains()).toEqual(['b']);
      await store.forget('b');
      await store.forget('none');
      expect(await store.remains()).toEqual([]);
      expect(await idsOf()).toEqual(['a']);
    });

    test('the one that was finished last comes first, whichever was begun first, and is active', async () => {
      await store.begin('a');
      await add('b');
      await store.finish(deployment('a'), 5);
      expect(await idsOf()).toEqual(['a', 'b']);
      expect((await store.findActive())?.id).toBe('a');
    });

    test('only as many as are kept stay listed; the folders of the others are noted', async () => {
      for (const id of ['a', 'b', 'c', 'd', 'e']) await add(id, 3);
      expect(await idsOf()).toEqual(['e', 'd', 'c']);
      expect(await store.remains()).toEqual(['a', 'b']);
    });

    test('the active one is never left out, however old', async () => {
      for (const id of ['a', 'b', 'c']) await add(id, 3);
      await store.activate('a');
      expect(await idsOf()).toEqual(['c', 'b', 'a']);
      expect((await store.findActive())?.id).toBe('a');
      await add('d', 1);
      expect(await idsOf()).toEqual(['d']);
    });

    test('one or none is active', async () => {
      for (const id of ['a', 'b']) await add(id);
      expect(await store.activate('a')).toBe(true);
      expect((await store.list(ALL)).items.map(({ is_active }) => is_active)).toEqual([
        false,
        true,
      ]);
      expect(await store.activate('none')).toBe(false);
      expect((await store.findActive())?.id).toBe('a');
      expect(await store.activate(null)).toBe(true);
      expect(await store.findActive()).toBeUndefined();
      expect(await store.activate(null)).toBe(true);
    });

    test('a page has the total of all pages', async () => {
      for (const id of ['a', 'b', 'c', 'd', 'e']) await add(id);
      const page = await store.list({ limit: 2, offset: 2 });
      expect(page.items.map(({ id }) => id)).toEqual(['c', 'b']);
      expect(page.total).toBe(5);
    });
  });
}
