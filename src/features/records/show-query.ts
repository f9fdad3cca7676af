import { type Fault, invalidInput } from '../../core/errors.ts';
import { suggest } from '../../lib/nearest.ts';
import type { NamedField } from '../collections/schema.ts';
import { type QueryContext, quote, requireReadable } from './filter/operand.ts';
import { SYSTEM_KEYS } from './store.ts';

/** What of each record is shown. */
export interface ShowQuery {
  /** Names of fields with commas: no other ones are in `data`. */
  readonly fields?: string | undefined;
  /** Names of reference fields with commas. */
  readonly expand?: string | undefined;
}

type Lookup = Pick<QueryContext, 'live' | 'mayRead'>;

const MAX_EXPANDED = 5;
const MAX_SUGGESTIONS = 3;
/** A list of a million wrong names is answered with the first of its faults. */
const MAX_FAULTS = 100;

/** The only fields to show, each once; undefined when nothing was said. */
export function parseFields(
  text: string | undefined,
  context: Lookup,
): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const { fieldByName } = context.live.compiled;
  return parseNames('fields', text, (name, canSuggest) => {
    if (fieldByName.has(name)) {
      requireReadable(name, context);
      return undefined;
    }
    if (SYSTEM_KEYS.some((key) => key === name))
      return `${name} is in every answer; fields names what data holds`;
    const hint = canSuggest ? suggest(name, fieldByName.keys()) : '';
    return `there is no field ${quote(name)}${hint}`;
  });
}

/** The reference fields whose records are shown too. */
export function parseExpand(text: string | undefined, context: Lookup): readonly NamedField[] {
  if (text === undefined) return [];
  const references = context.live.compiled.fields.filter(({ type }) => type === 'reference');
  const names = references.map(({ name }) => name);
  const choice =
    names.length === 0 ? 'this collection has no reference' : `must be one of ${names.join(', ')}`;
  const wanted = parseNames('expand', text, (name) => {
    if (!names.includes(name)) return `${quote(name)} cannot be expanded: ${choice}`;
    requireReadable(name, context);
    return undefined;
  });
  if (wanted.length > MAX_EXPANDED)
    throw invalidInput([
      {
        loc: ['query', 'expand'],
        type: 'too_long',
        msg: `must name at most ${MAX_EXPANDED} references, got ${wanted.length}`,
      },
    ]);
  return references.filter(({ name }) => wanted.includes(name));
}

/** Different names with commas between them, each checked: `findFault` says in words what is wrong with one. */
function parseNames(
  parameter: string,
  text: string,
  findFault: (name: string, canSuggest: boolean) => string | undefined,
): readonly string[] {
  const loc = ['query', parameter];
  if (text === '')
    throw invalidInput([{ loc, type: 'value_error', msg: 'must name something, or be left out' }]);
  const names = [...new Set(text.split(','))];
  const faults: Fault[] = [];
  for (const name of names) {
    const msg = findFault(name, faults.length < MAX_SUGGESTIONS);
    if (msg !== undefined) faults.push({ loc, type: 'value_error', msg });
    if (faults.length >= MAX_FAULTS) break;
  }
  if (faults.length > 0) throw invalidInput(faults);
  return names;
}
