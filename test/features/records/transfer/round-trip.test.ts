import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { SYSTEM } from '../../../../src/core/actor.ts';
import type { NamedField } from '../../../../src/features/collections/schema.ts';
import { arbitraryRecord, arbitrarySchema } from '../../../support/random-schema.ts';
import type { LooseField } from '../data-app.ts';
import { openTransferApp } from './transfer-app.ts';

/** Fields of every type, and records that fit them. */
const arbitraryData = (format: 'csv' | 'ndjson') =>
  arbitrarySchema({ maxFields: 5 })
    // CSV cannot tell "no value" from "not given", which takes the default.
    .map((fields) => (format === 'csv' ? withoutDefaults(fields) : fields))
    .chain((fields) =>
      fc.record({
        fields: fc.constant<readonly LooseField[]>(fields.map((field) => ({ ...field }))),
        records: fc.array(arbitraryRecord(fields), { maxLength: 8 }),
        pieceBytes: fc.constantFrom(1, 7, 65536),
      }),
    );

/** The fields, and those that they hold, without their defaults. */
function withoutDefaults(fields: readonly NamedField[]): readonly NamedField[] {
  return JSON.parse(
    JSON.stringify(fields, (key, value) => (key === 'default' ? undefined : value)),
  );
}

/** As the API shows records, without what an import gives anew. */
function toKept(text: string): readonly unknown[] {
  return JSON.parse(text).map(({ id, owner_id, data }: Record<string, unknown>) => ({
    id,
    owner_id,
    data,
  }));
}

for (const format of ['csv', 'ndjson'] as const)
  test(`what ${format} exports, it imports as it was`, async () => {
    using app = openTransferApp({ inMemory: true });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryData(format), async ({ fields, records, pieceBytes }) => {
        const [from, to] = [`from_${++count}`, `to_${count}`];
        await app.open(from, fields);
        await app.open(to, fields);
        for (const data of records) await app.records.create(SYSTEM, from, data);
        const file = await app.dump(from, format);
        const result = await app.load(to, file, { format, pieceBytes });
        expect(result.errors).toEqual([]);
        expect(toKept(await app.dump(to, 'json'))).toEqual(toKept(await app.dump(from, 'json')));
        // And once more, into where it all is already.
        const again = await app.load(to, file, { format, upsertBy: 'id' });
        expect(again.errors).toEqual([]);
        expect(toKept(await app.dump(to, 'json'))).toEqual(toKept(await app.dump(from, 'json')));
      }),
      { numRuns: 60 },
    );
  });
