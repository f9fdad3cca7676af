import { ApiError } from '../../../api/client.ts';
import type { Field, FieldType } from '../../../api/types.ts';

/** What the server says about a filter, and where in it. */
export interface FilterFault {
  readonly msg: string;
  /** Place in the text, counted from 0; undefined when it concerns the whole. */
  readonly at: number | undefined;
}

/** The faults of the filter in a refused list; undefined when it was refused for something else. */
export function filterFaults(error: unknown, filter: string): FilterFault[] | undefined {
  if (!(error instanceof ApiError) || error.status !== 422) return undefined;
  const own = error.faults.filter(({ loc }) => loc[0] === 'query' && loc[1] === 'filter');
  if (own.length === 0) return undefined;
  return own.map(({ msg }) => {
    const [, position, rest] = /^at character (\d+): (.*)$/s.exec(msg) ?? [];
    if (position === undefined || rest === undefined) return { msg, at: undefined };
    // The server counts characters, the browser units of UTF-16.
    const before = [...filter].slice(0, Number(position) - 1).join('');
    return { msg: rest, at: before.length };
  });
}

export interface Lesson {
  readonly code: string;
  readonly text: string;
}

/** The language of filters in eight lines, with fields of the collection where it has such. */
export function filterLessons(fields: readonly Field[]): Lesson[] {
  const named = (types: readonly FieldType[], other: string) =>
    fields.find(({ type }) => types.includes(type))?.name ?? other;
  const text = named(['string'], 'title');
  const number = named(['integer', 'float'], 'price');
  const list = named(['list'], 'tags');
  const dict = fields.find(({ properties = [] }) => properties.length > 0);
  const part = dict ? `${dict.name}.${dict.properties?.[0]?.name}` : 'size.width';
  const options = fields.find(
    ({ type, enum: values = [] }) => type === 'string' && values.length > 1,
  );
  const [one = 'new', two = 'used'] = options?.enum ?? [];
  return [
    { code: `${text} ~ 'fern'`, text: 'holds these letters, large or small; !~ holds them not' },
    { code: `${number} >= 10 && ${number} < 20`, text: 'both; = != < <= > >= compare' },
    { code: `${text} = 'Fern' || !(${number} = 5)`, text: 'one of them; ! is not, brackets group' },
    { code: `${options?.name ?? 'state'} in ('${one}', '${two}')`, text: 'any of these values' },
    { code: `${list} ?= 'green'`, text: 'a list that holds this' },
    { code: `${text} = null`, text: 'has no value; != null has one' },
    { code: `${part} = 'x'`, text: 'a part of a dict, behind a dot' },
    { code: `created_at < @now && owner_id = @me`, text: 'times, and whose it is: now, and you' },
  ];
}
