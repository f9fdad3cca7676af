import '../support/dom.ts';
import { expect, test } from 'bun:test';
import { answerWith, json, refusal } from './network.ts';

const { createPinia, setActivePinia } = await import('pinia');
const { effectScope } = await import('vue');
const { api } = await import('../../admin/src/api/client.ts');
const { useAsync } = await import('../../admin/src/composables/use-async.ts');
const { useConnection } = await import('../../admin/src/stores/connection.ts');
const { useSession } = await import('../../admin/src/stores/session.ts');

const ADMIN = { id: 'a', email: 'ann@example.com', is_admin: true };
const settle = () => new Promise((resolve) => setTimeout(resolve, 1));

async function open() {
  setActivePinia(createPinia());
  answerWith(() => json(ADMIN));
  await useSession().load();
  const scope = effectScope();
  const load = scope.run(() => useAsync((signal) => api.get<unknown>('/x', undefined, { signal })));
  if (load === undefined) throw new Error('The scope did not run.');
  return { load, scope };
}

test('what failed without a server is asked again once it answers, and the old data stays', async () => {
  const { load, scope } = await open();
  answerWith(() => json('old'));
  await load.run();
  answerWith(() => 'no answer');
  await load.run();
  expect([load.data.value, String(load.error.value)]).toEqual([
    'old',
    'OfflineError: The server does not answer',
  ]);
  answerWith(() => json('new'));
  await useConnection().retry();
  await settle();
  expect([load.data.value, load.error.value]).toEqual(['new', undefined]);
  scope.stop();
});

test('what failed as the session ended is asked again once somebody signed in', async () => {
  const { load, scope } = await open();
  answerWith(() => refusal(401, 'unauthenticated'));
  await load.run();
  expect(useSession().status).toBe('ended');
  answerWith(({ path }) =>
    json(path === '/x' ? 'here' : path.endsWith('/login') ? { user: ADMIN } : ADMIN),
  );
  await useSession().signIn(ADMIN.email, 'secret');
  await settle();
  expect(load.data.value).toBe('here');
  scope.stop();
});

test('a refusal is not asked again by itself, and a newer run makes an older one irrelevant', async () => {
  const { load, scope } = await open();
  const asked = answerWith(() => refusal(403, 'forbidden'));
  await load.run();
  await useConnection().retry();
  await settle();
  expect(asked.filter(({ path }) => path === '/x')).toHaveLength(1);
  let count = 0;
  answerWith(() => {
    count += 1;
    return json(count);
  });
  await Promise.all([load.run(), load.run()]);
  expect(load.data.value).toBe(2);
  scope.stop();
});

test('a run that goes on after a newer one has ended shows no waiting', async () => {
  const { scope } = await open();
  const slow = Promise.withResolvers<string>();
  const answers = [slow.promise, Promise.resolve('new')];
  const load = scope.run(() => useAsync(() => answers.shift() ?? slow.promise));
  if (load === undefined) throw new Error('The scope did not run.');
  void load.run();
  await load.run();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect([load.data.value, load.isLoading.value, load.isPending.value]).toEqual([
    'new',
    false,
    false,
  ]);
  scope.stop();
});

test('a run that a newer one took over ends with it, when its data is there', async () => {
  const { scope } = await open();
  const newer = Promise.withResolvers<string>();
  const answers = [Promise.resolve('old'), newer.promise];
  const load = scope.run(() => useAsync(() => answers.shift() ?? newer.promise));
  if (load === undefined) throw new Error('The scope did not run.');
  let isOver = false;
  const first = load.run().then(() => {
    isOver = true;
  });
  void load.run();
  await settle();
  expect(isOver).toBe(false);
  newer.resolve('new');
  await first;
  expect(load.data.value).toBe('new');
  scope.stop();
});
