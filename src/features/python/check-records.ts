import type { Clock } from '../../core/clock.ts';
import type { Fault } from '../../core/errors.ts';
import { createPacer } from '../../lib/pacer.ts';
import type { NamedField } from '../collections/schema.ts';
import type { CollectionRules } from '../collections/store.ts';
import { type Changed, createConverter } from './convert-record.ts';
import type { Draft } from './draft.ts';
import type { TableFault } from './report.ts';
import type { PythonDatabase } from './store.ts';
import { rowIdOf } from './values.ts';

interface CheckOptions {
  readonly source: PythonDatabase;
  readonly fields: readonly NamedField[];
  readonly ownerOf: (id: string) => string | null;
  /** The collection in the file that a reference leads to, by our name; undefined when it is not there. */
  readonly keyOf: (name: string) => string | undefined;
  readonly compileSchema: CollectionRules['compileSchema'];
  readonly clock: Clock;
  readonly onRows: (rows: number) => void;
  readonly onFault: (fault: TableFault) => void;
  readonly signal: AbortSignal;
}

/** Why values do not fit a field. */
interface FieldTrouble {
  values: number;
  doubles: number;
  dangling: number;
}

export interface Checked {
  readonly failed: number;
  /** By the names of fields. */
  readonly troubles: ReadonlyMap<string, FieldTrouble>;
  readonly changed: ReadonlyMap<Changed, number>;
}

/** Shows every record of a collection to its schema, its references and what must be unique. */
export async function checkRecords(draft: Draft, options: CheckOptions): Promise<Checked> {
  const { source, fields, clock, onRows, onFault, signal } = options;
  const checks = options.compileSchema(fields, clock);
  const convert = createConverter(draft, options);
  const pacer = createPacer();
  const troubles = new Map<string, FieldTrouble>();
  const changed = new Map<Changed, number>();
  /** Hashes, as the values may be long: of 100,000 texts two share one once in four billion files. */
  const taken = new Map(
    fields.filter(({ unique }) => unique).map(({ name }) => [name, new Set<bigint | number>()]),
  );
  const references = fields.filter(({ type, collection }) => type === 'reference' && collection);
  let failed = 0;
  let rows = 0;

  function trouble(name: string, kind: keyof FieldTrouble): void {
    const found = troubles.get(name) ?? { values: 0, doubles: 0, dangling: 0 };
    found[kind]++;
    troubles.set(name, found);
  }

  for (const row of source.records(draft.key)) {
    const id = rowIdOf(row);
    const converted = convert(row);
    const found: { field: string; msg: string }[] = [];
    if ('data' in converted) {
      for (const one of converted.changed) changed.set(one, (changed.get(one) ?? 0) + 1);
      const faults: Fault[] = [];
      const data = checks.parseWhole(converted.data, [], faults);
      for (const { loc, msg } of faults) {
        trouble(String(loc[0]), 'values');
        found.push({ field: `data.${loc.join('.')}`, msg });
      }
      for (const [name, values] of taken) {
        const value = data[name];
        if (value === undefined) continue;
        const hash = Bun.hash(JSON.stringify(value));
        if (values.has(hash)) {
          trouble(name, 'doubles');
          found.push({
            field: `data.${name}`,
            msg: 'an earlier record has this value already, and it must be unique',
          });
        }
        values.add(hash);
      }
      for (const { name, collection = '' } of references) {
        const target = data[name];
        const key = options.keyOf(collection);
        if (typeof target !== 'string' || (key !== undefined && source.hasRecord(key, target)))
          continue;
        trouble(name, 'dangling');
        found.push({ field: `data.${name}`, msg: `there is no record ${target} in ${collection}` });
      }
    } else found.push(...converted);
    if (found.length > 0) failed++;
    for (const fault of found) onFault({ table: `record (${draft.was})`, id, ...fault });
    if (++rows % 1_000 === 0) onRows(rows);
    if (pacer.isDue()) await pacer.rest();
    signal.throwIfAborted();
  }
  return { failed, troubles, changed };
}

/** The fields, each widened until all of its values fit. */
export function loosen(
  fields: readonly NamedField[],
  troubles: Checked['troubles'],
  notes: string[],
): readonly NamedField[] {
  return fields.map((field) => {
    const found = troubles.get(field.name);
    if (!found) return field;
    const { name, description } = field;
    if (found.values > 0) {
      notes.push(
        `${name}: ${count(found.values, 'value')} did not fit ${field.type}; it is json now`,
      );
      return { name, type: 'json', ...(description !== undefined && { description }) };
    }
    const { unique: _, collection: __, on_delete: ___, ...rest } = field;
    if (found.doubles > 0) notes.push(`${name}: ${count(found.doubles, 'double')}; not unique now`);
    if (found.dangling > 0)
      notes.push(`${name}: ${count(found.dangling, 'record')} referred to are gone; a uuid now`);
    const isUnique = field.unique === true && found.doubles === 0;
    return {
      ...(found.dangling > 0 ? { ...rest, type: 'uuid' } : { ...field, unique: isUnique }),
      ...(isUnique && { unique: true }),
      ...(found.doubles > 0 && { index: true }),
    };
  });
}

function count(n: number, what: string): string {
  return `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`;
}
