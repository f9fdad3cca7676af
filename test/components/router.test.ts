import '../support/dom.ts';
import { expect, test } from 'bun:test';

const { createPinia, setActivePinia } = await import('pinia');
const { createAppRouter } = await import('../../admin/src/router.ts');
const { useSession } = await import('../../admin/src/stores/session.ts');

test('the title is that of the page one is on, not of one that was overtaken on its way', async () => {
  setActivePinia(createPinia());
  useSession().status = 'in';
  const router = createAppRouter();
  const arrival = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  router.beforeResolve(async (to) => {
    if (to.params.name !== 'books') return;
    arrival.resolve();
    await gate.promise;
  });
  const overtaken = router.push('/collections/books');
  await arrival.promise;
  await router.push('/collections');
  expect(document.title).toStartWith('Collections · ');
  gate.resolve();
  await overtaken;
  expect(router.currentRoute.value.path).toBe('/collections');
  expect(document.title).toStartWith('Collections · ');
});
