import '../support/dom.ts';
import { expect, test } from 'bun:test';
import type { Collection, RecordItem } from '../../admin/src/api/types.ts';
import { answerWith, json } from './network.ts';

const { createPinia, setActivePinia } = await import('pinia');
const { effectScope } = await import('vue');
const { useRecordDraft } = await import(
  '../../admin/src/views/collections/records/use-record-draft.ts'
);

const BOOKS = {
  id: 'c1',
  name: 'books',
  schema: {
    fields: [
      { name: 'title', type: 'string' },
      { name: 'price', type: 'float' },
    ],
  },
} as unknown as Collection;

const bookOf = (id: string, data: Record<string, unknown>) => ({ id, data }) as RecordItem;

/** A server that answers a save once it is told to. */
async function openBook() {
  setActivePinia(createPinia());
  sessionStorage.clear();
  const { promise: isAnswered, resolve: answer } = Promise.withResolvers<void>();
  answerWith(async ({ method, path, body }) => {
    const id = path.slice(-1);
    if (method === 'GET') return json(bookOf(id, { title: `Stored ${id}`, price: 1 }));
    await isAnswered;
    return json(bookOf(id, { title: `Stored ${id}`, price: 1, ...(body as object) }));
  });
  const scope = effectScope();
  const draft = scope.run(() => useRecordDraft(() => BOOKS));
  if (draft === undefined) throw new Error('The scope did not run.');
  await draft.open('1');
  return { draft, answer, scope };
}

test('what is typed while a save is on its way is neither saved with it nor lost', async () => {
  const { draft, answer, scope } = await openBook();
  draft.set('title', 'First');
  draft.set('price', 2);
  const saving = draft.save();
  draft.set('title', 'Second');
  // Back to what was stored before.
  draft.set('price', 1);
  answer();
  expect((await saving)?.record.data).toEqual({ title: 'First', price: 2 });
  expect(draft.stored.value).toEqual({ title: 'First', price: 2 });
  expect(draft.values.value).toEqual({ title: 'Second', price: 1 });
  expect(draft.changed.value).toEqual(['title', 'price']);
  scope.stop();
});

test('a save that is answered after another record was opened leaves that one alone', async () => {
  const { draft, answer, scope } = await openBook();
  draft.set('title', 'Changed');
  const saving = draft.save();
  draft.discard();
  await draft.open('2');
  draft.set('price', 7);
  answer();
  expect((await saving)?.record.id).toBe('1');
  expect(draft.record.value?.id).toBe('2');
  expect(draft.values.value).toEqual({ title: 'Stored 2', price: 7 });
  scope.stop();
});

test('a record that was asked for before a save does not bring the old one back', async () => {
  setActivePinia(createPinia());
  sessionStorage.clear();
  const old = bookOf('1', { title: 'Old', price: 1 });
  const read = Promise.withResolvers<Response>();
  answerWith(({ method, body }) =>
    method === 'GET' ? read.promise : json(bookOf('1', { ...old.data, ...(body as object) })),
  );
  const scope = effectScope();
  const draft = scope.run(() => useRecordDraft(() => BOOKS));
  if (draft === undefined) throw new Error('The scope did not run.');
  // The list knows it, so it can be written before the whole of it is there.
  const opening = draft.open('1', old);
  draft.set('title', 'New');
  await draft.save();
  read.resolve(json(old));
  await opening;
  expect(draft.stored.value).toEqual({ title: 'New', price: 1 });
  expect(draft.isDirty.value).toBe(false);
  scope.stop();
});
