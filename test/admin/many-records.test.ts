// Changes of many records at once, files of them, and the views that are kept: the logic without a page.
import { describe, expect, test } from 'bun:test';
import { ApiError, OfflineError } from '../../admin/src/api/client.ts';
import type { Field } from '../../admin/src/api/types.ts';
import { bulkWords } from '../../admin/src/views/collections/records/bulk/bulk-words.ts';
import {
  type BatchRequest,
  refusedAt,
  runBatches,
} from '../../admin/src/views/collections/records/bulk/run-batches.ts';
import { joinExports } from '../../admin/src/views/collections/records/export/export-file.ts';
import {
  doubleTargets,
  guessMapping,
  guessType,
  readColumns,
} from '../../admin/src/views/collections/records/import/columns.ts';
import { createCsvSplitter } from '../../admin/src/views/collections/records/import/csv-cells.ts';
import {
  faultsCsv,
  unnamedWords,
} from '../../admin/src/views/collections/records/import/import-file.ts';
import { mapFile } from '../../admin/src/views/collections/records/import/map-file.ts';
import {
  isShowing,
  nameFault,
  putView,
  readViews,
  type SavedView,
} from '../../admin/src/views/collections/records/views/saved-views.ts';

const toDelete = (id: string): BatchRequest => ({ method: 'DELETE', collection: 'books', id });
const batch = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => toDelete(String(from + at)));

async function* batches(...all: BatchRequest[][]) {
  yield* all;
}

function refusal(status: number, at: number, detail = 'records refer to it'): ApiError {
  return new ApiError({ status, code: 'conflict', detail: `requests[${at}]: ${detail}` });
}

/** A server that does all or none of a batch and refuses some ids. */
function refusing(refused: Readonly<Record<string, number>>) {
  const gone: string[] = [];
  return {
    gone,
    send: async (requests: readonly BatchRequest[]) => {
      const at = requests.findIndex(({ id }) => id in refused);
      if (at !== -1) throw refusal(refused[requests[at]?.id ?? ''] ?? 409, at);
      gone.push(...requests.map(({ id }) => id));
    },
  };
}

const calm = { isStopped: () => false, onProgress: () => {} };

describe('faults of a file', () => {
  const fault = (line: number) => ({ line, loc: ['a', 1], msg: 'is "wrong", and =2+2' });

  test('the file of them says how many rows are not in it', () => {
    const some = { created: 0, updated: 0, failed: 500, errors: [fault(2), fault(2), fault(7)] };
    expect(unnamedWords(some)).toBe('498 more rows have faults');
    const lines = faultsCsv(some).split('\r\n');
    expect(lines).toHaveLength(6);
    expect(lines[4]).toBe(',,"498 more rows have faults: mend these, then check again"');
  });

  test('when all are named it says nothing more', () => {
    const all = { created: 0, updated: 0, failed: 2, errors: [fault(2), fault(7)] };
    expect(unnamedWords(all)).toBeUndefined();
    expect(faultsCsv(all).split('\r\n')).toHaveLength(4);
    expect(unnamedWords({ ...all, failed: 3 })).toBe('1 more row has faults');
  });
});

describe('changes of many', () => {
  test('what is refused is left out and named, all others are done', async () => {
    const { gone, send } = refusing({ 1: 409, 3: 409, 6: 404 });
    const seen: number[] = [];
    const outcome = await runBatches(batches(batch(5), batch(3, 5)), {
      ...calm,
      send,
      onProgress: (through) => seen.push(through),
    });
    expect(gone.sort()).toEqual(['0', '2', '4', '5', '7']);
    // What is gone already is gone.
    expect(outcome).toMatchObject({ done: 6, failed: 2, reason: 'records refer to it' });
    expect(seen.at(-1)).toBe(8);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(bulkWords(outcome, 'deleted')).toBe('6 records deleted, 2 not: records refer to it');
  });

  test('a stop between two batches says what was done until then', async () => {
    let sent = 0;
    const outcome = await runBatches(batches(batch(2), batch(2, 2)), {
      ...calm,
      send: async () => {
        sent += 1;
      },
      isStopped: () => sent > 0,
    });
    expect(outcome).toMatchObject({ done: 2, isStopped: true });
    expect(bulkWords(outcome, 'deleted')).toBe(
      'Stopped. 2 records deleted; the others are as they were',
    );
  });

  test('no answer in the middle: it says what is done, and of how many it is not known', async () => {
    let sent = 0;
    const outcome = await runBatches(batches(batch(2), batch(3, 2)), {
      ...calm,
      send: async () => {
        sent += 1;
        if (sent === 2) throw new OfflineError();
      },
    });
    expect(outcome).toMatchObject({ done: 2, unsure: 3 });
    expect(bulkWords(outcome, 'changed')).toBe(
      '2 records changed, then it broke off: The server does not answer. Of 3 more it is not known. The others are as they were.',
    );
  });

  test('a refusal that names no request ends it, and nothing of that batch was done', async () => {
    const outcome = await runBatches(batches(batch(2)), {
      ...calm,
      send: async () => {
        throw new ApiError({ status: 403, code: 'forbidden', detail: 'no' });
      },
    });
    expect(outcome).toMatchObject({ done: 0, failed: 0, unsure: 0 });
    expect(outcome.error).toBeInstanceOf(ApiError);
  });

  test('the refused one is found in the sentence or in the places of the faults', () => {
    expect(refusedAt(refusal(409, 7))).toBe(7);
    const loc = ['body', 'requests', 3, 'data', 'price'];
    const faults = [{ loc, msg: 'must be a number', type: 'x' }];
    expect(refusedAt(new ApiError({ status: 422, code: 'x', detail: '', faults }))).toBe(3);
    expect(refusedAt(new OfflineError())).toBeUndefined();
  });
});

const FIELDS: Field[] = [
  { name: 'title', type: 'string' },
  { name: 'in_print', type: 'boolean' },
  { name: 'price', type: 'float' },
];

describe('columns of a file', () => {
  const csv =
    '\uFEFFTitle,"In print",cost,note\r\n"A ""b"", c",true,1.5,x\r\n\r\n"two\nlines",false,2,\r\n';

  test('names, samples and types are read from its head; names alike find their fields', async () => {
    const columns = await readColumns(new Blob([csv]), 'csv');
    expect(columns.map(({ name, guess }) => [name, guess])).toEqual([
      ['Title', 'string'],
      ['In print', 'boolean'],
      ['cost', 'float'],
      ['note', 'string'],
    ]);
    expect(columns[0]?.samples).toEqual(['A "b", c', 'two\nlines']);
    expect(guessMapping(columns, FIELDS)).toEqual(['title', 'in_print', undefined, undefined]);
  });

  test('the file is sent under the names of the fields, without what is left out', async () => {
    const file = new Blob([csv]);
    const columns = await readColumns(file, 'csv');
    const mapped = await mapFile(file, 'csv', columns, ['title', 'in_print', 'price', undefined]);
    expect(await mapped.text()).toBe(
      'title,in_print,price\n"A ""b"", c",true,1.5\n\n"two\nlines",false,2\n',
    );
  });

  test('a file whose names are right already is sent as it is', async () => {
    const file = new Blob(['id,title,created_at\n1,a,x\n']);
    const columns = await readColumns(file, 'csv');
    const mapping = guessMapping(columns, FIELDS);
    expect(mapping).toEqual(['id', 'title', undefined]);
    expect(await mapFile(file, 'csv', columns, mapping)).toBe(file);
  });

  test('keys of NDJSON are renamed line by line; what cannot be read is left to the server', async () => {
    const file = new Blob(['{"Title":"a","x":1}\noops\n{"Title":"b","extra":[1]}']);
    const columns = await readColumns(file, 'ndjson');
    expect(columns.map(({ name }) => name)).toEqual(['Title', 'x', 'extra']);
    const mapped = await mapFile(file, 'ndjson', columns, ['title', undefined, 'price']);
    expect(await mapped.text()).toBe('{"title":"a"}\noops\n{"title":"b","price":[1]}');
  });

  test('however the text is cut, the cells are the same', () => {
    const whole = createCsvSplitter();
    const wanted = [...whole.push(csv), ...whole.end()];
    for (let at = 0; at <= csv.length; at++) {
      const splitter = createCsvSplitter();
      const rows = [
        ...splitter.push(csv.slice(0, at)),
        ...splitter.push(csv.slice(at)),
        ...splitter.end(),
      ];
      expect(rows).toEqual(wanted);
    }
  });

  test('the narrowest type is guessed, and numbers with leading zeros are texts', () => {
    expect(guessType(['1', '2'])).toBe('integer');
    expect(guessType(['007'])).toBe('string');
    expect(guessType(['2024-01-01', '2024-02-30'])).toBe('string');
    expect(guessType(['a@b.ch'])).toBe('email');
    expect(guessType(['[1]', '[]'])).toBe('list');
    expect(guessType([])).toBeUndefined();
    expect(doubleTargets(['a', 'b', 'a', undefined, undefined])).toEqual(['a']);
  });
});

test('several exports become one file', () => {
  expect(joinExports(['id,a\r\n1,x\r\n', 'id,a\r\n2,y\r\n'], 'csv')).toBe('id,a\r\n1,x\r\n2,y\r\n');
  expect(JSON.parse(joinExports(['[\n{"a":1}\n]\n', '[\n]\n', '[\n{"a":2}\n]\n'], 'json'))).toEqual(
    [{ a: 1 }, { a: 2 }],
  );
});

describe('views', () => {
  const view: SavedView = {
    name: 'Dear',
    filter: 'price > 10',
    sort: [{ key: 'price', isDown: true }],
    columns: { order: [], visible: {}, widths: {} },
  };

  test('one of the same name is replaced where it stands', () => {
    const views = putView(putView([view], { ...view, name: 'Other' }), { ...view, filter: '' });
    expect(views.map(({ name, filter }) => [name, filter])).toEqual([
      ['Dear', ''],
      ['Other', 'price > 10'],
    ]);
  });

  test('what is stored wrongly is passed over', () => {
    expect(readViews([view, { name: 'x' }, null, 'y'])).toEqual([view]);
    expect(readViews({})).toEqual([]);
  });

  test('a name is needed, and no other view may have it', () => {
    expect(nameFault(' ', [])).toStartWith('A name is needed');
    expect(nameFault('Dear', [view])).toBeUndefined();
    expect(nameFault('Dear', [view], 'Other')).toBe('There is a view Dear already.');
    expect(isShowing(view, { filter: 'price > 10', sort: view.sort })).toBe(true);
    expect(isShowing(view, { filter: '', sort: view.sort })).toBe(false);
  });
});
