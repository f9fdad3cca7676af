import { createPacer } from '../../lib/pacer.ts';
import type { Draft } from './draft.ts';
import type { PythonDatabase } from './store.ts';
import { nameFields } from './translate-fields.ts';
import { kindOfTime, readObject } from './values.ts';

/** More different keys than a collection has fields: nobody meant them. */
const MAX_KEYS = 1_000;

interface SurveyOptions {
  readonly source: PythonDatabase;
  /** Their names of fields whose type the values decide. */
  readonly times: readonly string[];
  readonly onRows: (rows: number) => void;
  readonly signal: AbortSignal;
}

/** Looks at what the records hold: which fields are days, and which keys no field names. */
export async function surveyRecords(
  draft: Draft,
  { source, times, onRows, signal }: SurveyOptions,
): Promise<void> {
  const pacer = createPacer();
  const seen = new Map(times.map((name) => [name, new Set<ReturnType<typeof kindOfTime>>()]));
  const unknown = new Map<string, number>();
  let rows = 0;
  for (const row of source.records(draft.key)) {
    const read = readObject(row.data);
    if ('value' in read)
      for (const [key, value] of Object.entries(read.value.value)) {
        if (value === null) continue;
        seen.get(key)?.add(kindOfTime(value));
        if (!draft.names.has(key) && (unknown.has(key) || unknown.size < MAX_KEYS))
          unknown.set(key, (unknown.get(key) ?? 0) + 1);
      }
    if (++rows % 1_000 === 0) onRows(rows);
    if (pacer.isDue()) await pacer.rest();
    signal.throwIfAborted();
  }
  decideTimes(draft, seen);
  addUnknown(draft, unknown);
}

function decideTimes(draft: Draft, seen: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [was, kinds] of seen) {
    const name = draft.names.get(was);
    const type = kinds.has('other')
      ? 'string'
      : kinds.has('datetime') || kinds.size === 0
        ? 'datetime'
        : 'date';
    if (type === 'string')
      draft.notes.push(
        `${name}: it was a date there, but not all of its values are: a string here`,
      );
    draft.fields = draft.fields.map((field) => (field.name === name ? { ...field, type } : field));
  }
}

/** What was left of fields that had been taken away was still answered there: so it is here. */
function addUnknown(draft: Draft, unknown: ReadonlyMap<string, number>): void {
  if (unknown.size === 0) return;
  const names = nameFields([...draft.names.keys(), ...unknown.keys()]);
  for (const [key, count] of unknown) {
    const name = names.get(key) ?? key;
    draft.names.set(key, name);
    draft.fields = [...draft.fields, { name, type: 'json' }];
    const records = count === 1 ? 'record holds' : 'records hold';
    draft.notes.push(
      `${name}: no field named it, but ${count.toLocaleString('en-US')} ${records} it: json here`,
    );
  }
}
