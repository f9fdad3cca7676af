import '../support/dom.ts';
import { expect, test } from 'bun:test';

const { mount } = await import('@vue/test-utils');
const { createPinia } = await import('pinia');
const { defineComponent, h, nextTick, ref, shallowRef } = await import('vue');
const { createMemoryHistory, createRouter } = await import('vue-router');
const { default: ListTable } = await import('../../admin/src/components/shell/ListTable.vue');
const { countPages, useListPage } = await import('../../admin/src/composables/use-list-page.ts');
const { useShortcutListener } = await import('../../admin/src/composables/use-shortcuts.ts');

async function openAt(path: string) {
  const moves: number[] = [];
  const table = shallowRef({ move: (step: number) => void moves.push(step) });
  const inside = shallowRef<ReturnType<typeof useListPage>>();
  const List = defineComponent({
    setup() {
      useShortcutListener();
      inside.value = useListPage({ table });
      return () => h('main', [h('input')]);
    },
  });
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:rest(.*)*', component: List }],
  });
  await router.push(path);
  const page = mount(List, {
    attachTo: document.body,
    global: { plugins: [router, createPinia()] },
  });
  const press = async (key: string, target: Element = document.body) => {
    target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    await new Promise((resolve) => setTimeout(resolve));
    await nextTick();
  };
  if (inside.value === undefined) throw new Error('The list did not start.');
  return { list: inside.value, router, moves, press, page };
}

test('what is open and the page live in the query, beside what else is there', async () => {
  const { list, router, page } = await openAt('/users?search=ann&page=2');
  expect([list.page.value, list.openKey.value]).toEqual([2, undefined]);
  await list.open('7');
  expect(router.currentRoute.value.query).toEqual({ search: 'ann', page: '2', open: '7' });
  await list.goTo(1);
  expect(router.currentRoute.value.query).toEqual({ search: 'ann' });
  page.unmount();
});

test('Back closes what is open, however many rows were opened one after another', async () => {
  const { list, router, page } = await openAt('/users');
  for (const key of ['1', '2', '3']) await list.open(key);
  router.back();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(router.currentRoute.value.fullPath).toBe('/users');
  page.unmount();
});

test('what comes to its end after the page was left opens nothing on the next one', async () => {
  const { list, router, page } = await openAt('/schedules');
  page.unmount();
  await router.push('/calls?open=call');
  await list.open('schedule');
  await list.patch({ search: 'ann' });
  await list.goTo(2);
  expect(router.currentRoute.value.fullPath).toBe('/calls?open=call');
});

test('a page that is no page is the first one', async () => {
  for (const text of ['0', '-3', 'x', '1.5', '']) {
    const { list, page } = await openAt(`/users?page=${text}`);
    expect(list.page.value).toBe(1);
    page.unmount();
  }
  expect([countPages(undefined, 50), countPages(0, 50), countPages(51, 50)]).toEqual([1, 1, 2]);
});

test('beyond the last page a list says so, and not that there is nothing', async () => {
  const { list, router, page } = await openAt('/users?page=999');
  const load = {
    data: ref({ items: [], total: 51 }),
    error: ref(undefined),
    isLoading: ref(false),
    isPending: ref(false),
    retry: async () => undefined,
  };
  const props = { label: 'Users', columns: [], rows: [], rowKey: () => '', list, load, pages: 2 };
  const global = { plugins: [createPinia()] };
  const table = mount(ListTable, { props, global, slots: { empty: () => 'No users yet' } });
  expect(table.text()).toContain('Nothing on this page');
  expect(table.text()).not.toContain('No users yet');
  const press = async (label: string) => {
    const button = table.findAll('button').find((each) => each.text() === label);
    await button?.trigger('click');
    await new Promise((resolve) => setTimeout(resolve));
  };
  await press('Newer');
  expect(router.currentRoute.value.query).toEqual({ page: '2' });
  await press('First page');
  expect(router.currentRoute.value.query).toEqual({});
  page.unmount();
});

test('the keys go through the rows, but not while somebody types', async () => {
  const { moves, press, page } = await openAt('/users');
  for (const key of ['j', 'ArrowDown', 'k', 'ArrowUp']) await press(key);
  expect(moves).toEqual([1, 1, -1, -1]);
  await press('j', page.get('input').element);
  expect(moves).toHaveLength(4);
  page.unmount();
});

test('Escape closes the drawer', async () => {
  const { press, router, page } = await openAt('/users?open=7');
  await press('Escape');
  expect(router.currentRoute.value.fullPath).toBe('/users');
  page.unmount();
});
