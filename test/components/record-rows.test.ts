import '../support/dom.ts';
import { expect, test } from 'bun:test';
import type { Collection, RecordItem } from '../../admin/src/api/types.ts';
import { until } from '../support/until.ts';
import { answerWith, json } from './network.ts';

const { mount } = await import('@vue/test-utils');
const { createPinia, setActivePinia } = await import('pinia');
const { defineComponent, h, shallowRef } = await import('vue');
const { createMemoryHistory, createRouter } = await import('vue-router');
const { useToasts } = await import('../../admin/src/stores/toasts.ts');
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

/** The page of records, as it stands alone. */
async function openRecords() {
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
  const pinia = createPinia();
  setActivePinia(pinia);
  const page = mount(Page, { global: { plugins: [router, pinia] } });
  const records = inside.value;
  if (records === undefined) throw new Error('The page did not start.');
  const titles = () => records.rows.value.map(({ data }) => data.title);
  return { page, router, records, titles };
}

test('a list that was asked for before a record was saved does not bring the old one back', async () => {
  let title = 'Old';
  let isSent: Promise<void> | undefined;
  answerWith(async () => {
    const read = json({ items: [bookOf(title)], total: 1, next_cursor: null });
    await isSent;
    return read;
  });
  const { page, records, titles } = await openRecords();
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

test('a record that is deleted late does not come back to a page that read it before', async () => {
  let isThere = true;
  answerWith(({ method }) => {
    if (method === 'DELETE') isThere = false;
    if (method === 'DELETE') return new Response(null, { status: 204 });
    return json({ items: isThere ? [bookOf('Old')] : [], total: 1, next_cursor: null });
  });
  const first = await openRecords();
  await first.records.load();
  first.records.deletes.deleteSoon([{ id: '1' }], 'Old');
  const [notice] = useToasts().items;
  const { close } = useToasts();
  // Somebody leaves and comes back before the notice goes.
  first.page.unmount();
  const { page, records, titles } = await openRecords();
  await records.load();
  expect(titles()).toEqual([]);
  close(notice?.id ?? 0);
  await until(() => records.deletes.hidden.size === 0);
  expect(titles()).toEqual([]);
  page.unmount();
});

test('an Undo that is pressed on another page leaves its address alone', async () => {
  answerWith(() => json({ items: [], total: 0, next_cursor: null }));
  const { page, router, records } = await openRecords();
  page.unmount();
  await router.push('/calls?open=call');
  await records.go({ open: undefined }, true);
  expect(router.currentRoute.value.fullPath).toBe('/calls?open=call');
});
