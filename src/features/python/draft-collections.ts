import { toTimestamp } from '../../core/clock.ts';
import type { NamedField } from '../collections/schema.ts';
import type { Draft } from './draft.ts';
import { createNaming, fitsAsName } from './names.ts';
import type { CollectionState, FaultList } from './report.ts';
import type { PythonDatabase, PythonRow } from './store.ts';
import { translateFields } from './translate-fields.ts';
import { translateOptions } from './translate-options.ts';
import { readId, readObject, readText, readTime, rowIdOf } from './values.ts';

/** What of this database decides about a collection of the file. */
export interface Here {
  findById(
    id: string,
  ): { readonly name: string; readonly fields: readonly NamedField[] } | undefined;
  hasName(name: string): boolean;
  countRecords(id: string): number;
}

interface DraftOptions {
  readonly here: Here;
  readonly skipsExisting: boolean;
  readonly faults: FaultList;
}

interface Drafted {
  readonly draft: Draft;
  /** Their names of fields whose type the values decide. */
  readonly times: readonly string[];
}

interface NamedRow {
  readonly row: PythonRow;
  readonly id: string;
  readonly was: string;
}

/** The collections of the file in our words; one with a fault is told of and left out. */
export function draftCollections(
  source: PythonDatabase,
  { here, skipsExisting, faults }: DraftOptions,
): readonly Drafted[] {
  const rows = [...source.rows('collection')].flatMap((row) => readNamed(row, faults));
  const names = nameCollections(rows, here);
  return rows.flatMap(({ row, id, was }): readonly Drafted[] => {
    const refuse = (field: string, msg: string) => {
      faults.add({ table: 'collection', id: rowIdOf(row), field, msg });
      return [];
    };
    const schema = readObject(row.schema);
    const options = readObject(row.options);
    if ('fault' in schema) return refuse('schema', schema.fault);
    if ('fault' in options) return refuse('options', options.fault);
    const fields = translateFields(schema.value.value);
    if (!fields) return refuse('schema', 'must hold a list of fields');
    const key = String(row.id);
    const records = source.countRecords(key);
    const name = names.get(id) ?? was;
    const state = stateOf({ id, name, records }, here);
    if (state === 'skipped' && !skipsExisting)
      return refuse(
        'name',
        `there is a collection ${name} here already: --skip-existing leaves it as it is, and this one out`,
      );
    const { access, notes } = translateOptions(options.value.value);
    const label = readText(row.label);
    const made = readTime(row.created_at);
    const draft: Draft = {
      key,
      id,
      was,
      name,
      label: 'value' in label ? label.value.trim().slice(0, 200) : was.slice(0, 200),
      access,
      since: 'value' in made ? made.value : toTimestamp(0),
      state,
      records,
      fields: fields.fields,
      names: new Map(fields.names),
      notes: [...(name === was ? [] : [`${was} is now ${name}`]), ...notes, ...fields.notes],
    };
    return [{ draft, times: fields.times }];
  });
}

function readNamed(row: PythonRow, faults: FaultList): readonly NamedRow[] {
  const refuse = (field: string, msg: string) => {
    faults.add({ table: 'collection', id: rowIdOf(row), field, msg });
    return [];
  };
  const id = readId(row.id);
  if ('fault' in id) return refuse('id', id.fault);
  const name = readText(row.name);
  return 'fault' in name ? refuse('name', name.fault) : [{ row, id: id.value, was: name.value }];
}

/** By their ids. One that was imported before has the name that it has here now. */
function nameCollections(rows: readonly NamedRow[], here: Here): ReadonlyMap<string, string> {
  const isOurs = (name: string) => name === 'users' || name.startsWith('tb_');
  const names = new Map<string, string>();
  for (const { id } of rows) {
    const existing = here.findById(id);
    if (existing) names.set(id, existing.name);
  }
  const taken = new Set(names.values());
  const left = rows.filter(({ id }) => !names.has(id));
  const plain = left.filter(({ was }) => fitsAsName(was) && !isOurs(was));
  for (const { id, was } of plain) {
    names.set(id, was);
    taken.add(was);
  }
  const naming = createNaming(
    'collection',
    (name) => !isOurs(name) && !taken.has(name) && !here.hasName(name),
  );
  for (const { id, was } of left) if (!names.has(id)) names.set(id, naming.give(was));
  return names;
}

function stateOf(
  { id, name, records }: { readonly id: string; readonly name: string; readonly records: number },
  here: Here,
): CollectionState {
  if (here.findById(id))
    return here.countRecords(id) > 0 || records === 0 ? 'imported' : 'unfinished';
  return here.hasName(name) ? 'skipped' : 'new';
}
