import { afterEach, expect, test } from 'bun:test';
import { effectScope, nextTick, ref } from 'vue';
import type { CollectionPlan } from '../../admin/src/api/types.ts';
import { usePlan } from '../../admin/src/views/collections/schema/use-plan.ts';

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

interface Asked {
  readonly url: string;
  readonly body: unknown;
  answer(status: number, body: unknown): void;
}

/** Requests wait until the test answers them; one that is aborted fails as in a browser. */
function holdRequests(): Asked[] {
  const asked: Asked[] = [];
  const held = (url: string, init: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      init.signal?.addEventListener('abort', () =>
        reject(new DOMException('Aborted', 'AbortError')),
      );
      asked.push({
        url,
        body: JSON.parse(String(init.body)),
        answer: (status, body) => resolve(new Response(JSON.stringify(body), { status })),
      });
    });
  globalThis.fetch = Object.assign(held, { preconnect: realFetch.preconnect }) as typeof fetch;
  return asked;
}

const planOf = (msg: string): CollectionPlan => ({
  changes: [
    { kind: 'change_field', field: 'a', was: null, effect: 'safe', msg, count: 0, records: [] },
  ],
  rewritten: 0,
  total: 0,
  needs_force: false,
  possible: true,
});

function open(refused: unknown[] = []) {
  const label = ref('one');
  const isWanted = ref(false);
  const scope = effectScope();
  const plan = scope.run(() =>
    usePlan({
      name: () => 'books',
      body: () => ({ label: label.value }),
      isWanted: () => isWanted.value,
      onRefused: (error) => refused.push(error),
    }),
  );
  if (!plan) throw new Error('The scope did not run');
  return { label, isWanted, plan, [Symbol.dispose]: () => scope.stop() };
}

test('nothing is asked while there is nothing to plan', async () => {
  const asked = holdRequests();
  using draft = open();
  expect(await draft.plan.ask()).toBeUndefined();
  expect(asked).toEqual([]);
});

test('a plan is asked as a dry run', async () => {
  const asked = holdRequests();
  using draft = open();
  draft.isWanted.value = true;
  await nextTick();
  const found = draft.plan.ask();
  expect(asked[0]?.url).toBe('/api/collections/books?dry_run=true');
  expect(asked[0]?.body).toEqual({ label: 'one' });
  asked[0]?.answer(200, planOf('first'));
  expect(await found).toEqual(planOf('first'));
  expect(draft.plan.isAsking.value).toBe(false);
});

test('the plan of a draft that changed meanwhile never counts as the plan of this one', async () => {
  const asked = holdRequests();
  using draft = open();
  draft.isWanted.value = true;
  await nextTick();
  const first = draft.plan.ask();
  draft.label.value = 'two';
  expect(await first).toBeUndefined();
  expect(draft.plan.isAsking.value).toBe(true);
  const second = draft.plan.ask();
  asked[0]?.answer(200, planOf('of one'));
  asked[1]?.answer(200, planOf('of two'));
  expect(await second).toEqual(planOf('of two'));
  expect(draft.plan.plan.value).toEqual(planOf('of two'));
});

test('a refusal leaves no plan and is told once', async () => {
  const asked = holdRequests();
  const refused: unknown[] = [];
  using draft = open(refused);
  draft.isWanted.value = true;
  await nextTick();
  const found = draft.plan.ask();
  asked[0]?.answer(409, { detail: 'The name is taken.', code: 'conflict' });
  expect(await found).toBeUndefined();
  expect(refused).toMatchObject([{ status: 409 }]);
  expect(draft.plan.plan.value).toBeUndefined();
  expect(draft.plan.isAsking.value).toBe(false);
});
