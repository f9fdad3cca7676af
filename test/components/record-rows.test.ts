import '../support/dom.ts';
import { expect, test } from 'bun:test';
import type { Collection, RecordItem } from '../../admin/src/api/types.ts';
import { answerWith, json } from './network.ts';

const { mount } = await import('@vue/test-utils');
const { createPinia } = await import('pinia');
const { defineComponent, h, shallowRef } = await import('vue');
const { createMemoryHistory, createRouter } = await import('vue-router');
const { useRecords } = await import('../../admin/src/views/collections/records/use-records.ts');

const BOOKS = {
  id: 'c1',
  name: 'books',
  schema: { fields: [{ name: 'title', type: 'string' }] },
} as unknown as Collection;
const bookOf = (title: string): RecordItem => ({
  id: '1',
  collection_id: 'c1',
  owner_id: null,
  data: { title },
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
});

test('a list that was asked for before a record was saved does not bring the old one back', async () => {
  let title = 'Old';
  let isSent: Promise<void> | undefined;
  answerWith(async () => {
    const read = json({ items: [bookOf(title)], total: 1, next_cursor: null });
    await isSent;
    return read;
  });
  const inside = shallowRef<ReturnType<typeof useRecords>>();
  const Page = defineComponent({
    setup() {
      inside.value = useRecords({
        name: () => 'books',
        collection: () => BOOKS,
        stored: () => 1,
        columns: () => [],
        shown: () => [],
        collectionError: () => undefined,
        reloadCollection: async () => undefined,
      });
      return () => h('main');
    },
  });
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:rest(.*)*', component: Page }],
  });
  await router.push('/');
  const page = mount(Page, { global: { plugins: [router, createPinia()] } });
  const records = inside.value;
  if (records === undefined) throw new Error('The page did not start.');
  const titles = () => records.rows.value.map(({ data }) => data.title);
  await records.load();
  expect(titles()).toEqual(['Old']);

  const { promise, resolve: send } = Promise.withResolvers<void>();
  isSent = promise;
  const loading = records.load();
  records.put(bookOf('Saved'));
  send();
  await loading;
  expect(titles()).toEqual(['Saved']);

  title = 'Saved by somebody else since';
  await records.load();
  expect(titles()).toEqual(['Saved by somebody else since']);
  page.unmount();
});
