import '../support/dom.ts';
import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { answerWith, json, refusal } from './network.ts';

const { createPinia, setActivePinia } = await import('pinia');
const { nextTick } = await import('vue');
const { api } = await import('../../admin/src/api/client.ts');
const { useLive } = await import('../../admin/src/composables/use-live.ts');
const { useCollections } = await import('../../admin/src/stores/collections.ts');
const { useConnection } = await import('../../admin/src/stores/connection.ts');
const { usePreferences } = await import('../../admin/src/stores/preferences.ts');
const { useQuestions } = await import('../../admin/src/stores/questions.ts');
const { useReferences } = await import('../../admin/src/stores/references.ts');
const { useToasts } = await import('../../admin/src/stores/toasts.ts');

beforeEach(() => setActivePinia(createPinia()));
afterEach(() => jest.useRealTimers());

const flush = () => new Promise((resolve) => setImmediate(resolve));

test('of many notices the last three show, and errors stay until they are closed', () => {
  jest.useFakeTimers();
  const toasts = useToasts();
  const error = toasts.error('The book could not be saved.');
  for (const text of ['one', 'two', 'three']) toasts.show(text);
  expect(toasts.items.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  toasts.error('Again');
  jest.advanceTimersByTime(60_000);
  expect(toasts.items.map(({ text }) => text)).toEqual(['Again']);
  toasts.close(error);
  expect(toasts.items).toHaveLength(1);
});

test('a held-back delete is sent once when its notice goes, and never after Undo', () => {
  jest.useFakeTimers();
  const toasts = useToasts();
  const done: string[] = [];
  const options = (name: string) => ({
    undo: () => void done.push(`undo ${name}`),
    gone: () => void done.push(`gone ${name}`),
  });
  toasts.show('A deleted', options('a'));
  toasts.show('B deleted', options('b'));
  expect(toasts.undoLast()).toBe(true);
  toasts.pause();
  jest.advanceTimersByTime(60_000);
  expect(done).toEqual(['undo b']);
  toasts.resume();
  jest.advanceTimersByTime(6_000);
  expect(done).toEqual(['undo b', 'gone a']);
  expect(toasts.undoLast()).toBe(false);
});

test('what waits for Undo happens when the page goes', () => {
  const toasts = useToasts();
  const sent: string[] = [];
  toasts.show('Deleted', { gone: () => void sent.push('delete') });
  window.dispatchEvent(new Event('pagehide'));
  expect(sent).toEqual(['delete']);
});

test('notices are announced, errors at once, and the same text is said again', async () => {
  const toasts = useToasts();
  const { polite, assertive } = useLive();
  toasts.show('Book saved');
  const first = polite.value;
  toasts.show('Book saved');
  expect(polite.value).not.toBe(first);
  expect(polite.value.trim()).toBe('Book saved');
  toasts.error('Not saved');
  expect(assertive.value).toBe('Not saved');
  for (const { id } of [...toasts.items]) toasts.close(id);
});

test('a server that does not answer is asked after 1, 2, 4 and at most 30 seconds', async () => {
  jest.useFakeTimers();
  const connection = useConnection();
  answerWith(() => 'no answer');
  await api.get('/api/collections').catch(() => undefined);
  expect([connection.isOffline, connection.secondsLeft]).toEqual([true, 1]);
  const waits: number[] = [];
  for (let turn = 0; turn < 6; turn += 1) {
    await connection.retry();
    waits.push(connection.secondsLeft);
  }
  expect(waits).toEqual([2, 4, 8, 16, 30, 30]);
  let back = 0;
  connection.onBack(() => {
    back += 1;
  });
  answerWith(() => json({ status: 'ok' }));
  await connection.retry();
  expect([connection.isOffline, back]).toEqual([false, 1]);
});

test('a refusal is an answer: the connection stands', async () => {
  const connection = useConnection();
  answerWith(() => refusal(500, 'internal'));
  await api.get('/api/collections').catch(() => undefined);
  expect(connection.isOffline).toBe(false);
});

test('a question that another one pushes aside is answered with no', async () => {
  const questions = useQuestions();
  const first = questions.ask({ title: 'Delete a?', confirmLabel: 'Delete' });
  const second = questions.ask({ title: 'Delete b?', confirmLabel: 'Delete' });
  expect(await first).toBe(false);
  questions.answer(true);
  expect(await second).toBe(true);
  expect(questions.current).toBeUndefined();
});

test('the theme stands on the root and outlives the page', async () => {
  const preferences = usePreferences();
  preferences.theme = 'dark';
  expect(document.documentElement.dataset.theme).toBe('dark');
  await nextTick();
  expect(localStorage.getItem('tb.theme')).toBe('dark');
  preferences.theme = 'system';
  expect(document.documentElement.dataset.theme).toBeUndefined();
});

test('a reference is called by the first text of its record, and one that leads nowhere is known', async () => {
  const schema = {
    fields: [
      { name: 'pages', type: 'integer' },
      { name: 'title', type: 'string' },
    ],
  };
  answerWith(({ path }) => {
    if (path.startsWith('/api/collections?')) {
      return json({ items: [{ name: 'books', schema }], total: 1 });
    }
    if (path.endsWith('/records/1')) return json({ id: '1', data: { pages: 3, title: 'Momo' } });
    return path.endsWith('/records/2') ? refusal(404, 'not_found') : 'no answer';
  });
  await useCollections().load();
  const references = useReferences();
  for (const id of ['1', '2', '3']) await references.want('books', id);
  expect(['1', '2', '3'].map((id) => references.titleFor('books', id))).toEqual([
    'Momo',
    null,
    undefined,
  ]);
});

test("a search for a reference cannot break out of the filter's quotes", async () => {
  const asked = answerWith(({ path }) =>
    path.includes('/records')
      ? json({ items: [] })
      : json({
          items: [{ name: 'books', schema: { fields: [{ name: 'title', type: 'string' }] } }],
          total: 1,
        }),
  );
  await useCollections().load();
  await useReferences().search('books', "' || true || '\\", new AbortController().signal);
  const url = new URL(asked.at(-1)?.path ?? '', 'http://admin.test');
  expect(url.searchParams.get('filter')).toBe("title ~ '\\' || true || \\'\\\\'");
  await flush();
});

test('a list of collections that was asked for before a change does not take the change back', async () => {
  const collections = useCollections();
  const [old, made] = [{ name: 'old' }, { name: 'made' }];
  const first = Promise.withResolvers<Response>();
  const asked = answerWith(() =>
    asked.length === 1 ? first.promise : json({ items: [made], total: 1 }),
  );
  const loading = collections.load();
  collections.put(made as never);
  collections.remove('old');
  first.resolve(json({ items: [old], total: 1 }));
  await loading;
  expect([collections.names, asked.length]).toEqual([['made'], 2]);
});

test('a collection that was asked for before it was saved does not take the save back', async () => {
  const collections = useCollections();
  const first = Promise.withResolvers<Response>();
  answerWith(() => first.promise);
  const reading = collections.read('books', new AbortController().signal);
  collections.put({ name: 'books', label: 'New' } as never);
  first.resolve(json({ name: 'books', label: 'Old' }));
  await reading;
  expect(collections.find('books')?.label).toBe('New');

  answerWith(() => json({ name: 'books', label: 'Newer' }));
  await collections.read('books', new AbortController().signal);
  expect(collections.find('books')?.label).toBe('Newer');
  answerWith(() => refusal(404, 'not_found'));
  const refused = collections.read('books', new AbortController().signal);
  expect(await refused.catch((error: unknown) => String(error))).toContain('not_found');
  expect(collections.names).toEqual([]);
});
