import type { Actor } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { suggest } from '../../../lib/nearest.ts';
import { columnOf, type FieldDefinition } from '../../collections/schema.ts';
import type { LiveCollection } from '../../collections/service.ts';
import { type FilterKey, SYSTEM_KEYS } from '../store.ts';

/** By whom, of what and when a query is asked. */
export interface QueryContext {
  readonly live: LiveCollection;
  readonly actor: Actor;
  /** Milliseconds, for `@now`. */
  readonly now: number;
  /** Whether the caller may read a field of the collection. */
  mayRead(field: string): boolean;
}

/** What a comparison looks at. */
export interface Operand {
  /** As it was written. */
  readonly name: string;
  readonly key: FilterKey;
  /** What values it has; undefined where they may be any JSON. */
  readonly field: FieldDefinition | undefined;
}

type Lookup = Pick<QueryContext, 'live' | 'mayRead'>;

const MAX_SEGMENTS = 8;
const SEGMENT = /^[A-Za-z0-9_-]+$/;
const MAX_QUOTED = 60;

const SYSTEM_FIELDS: Readonly<Record<(typeof SYSTEM_KEYS)[number], FieldDefinition>> = {
  id: { type: 'uuid' },
  owner_id: { type: 'uuid' },
  created_at: { type: 'datetime' },
  updated_at: { type: 'datetime' },
};

/** What a name stands for, or in words why for nothing. Throws when the caller may not read it. */
export function findOperand(name: string, lookup: Lookup, canSuggest: boolean): Operand | string {
  const system = SYSTEM_KEYS.find((key) => key === name);
  if (system) return { name, key: { kind: 'system', name: system }, field: SYSTEM_FIELDS[system] };
  const [first = '', ...keys] = name.split('.', MAX_SEGMENTS + 1);
  const { fieldByName } = lookup.live.compiled;
  const field = fieldByName.get(first);
  if (field === undefined) {
    const isPart = SYSTEM_KEYS.some((key) => key === first);
    if (isPart) return `${first} is not a dict, so nothing stands behind a dot`;
    const names = canSuggest ? [...fieldByName.keys(), ...SYSTEM_KEYS] : [];
    return `there is no field ${quote(first)}${suggest(first, names)}`;
  }
  requireReadable(first, lookup);
  if (keys.length === 0) {
    const hasColumn = columnOf(field) !== 'none';
    const key: FilterKey = hasColumn
      ? { kind: 'field', name: first }
      : { kind: 'path', path: [first] };
    return { name, key, field };
  }
  if (keys.length >= MAX_SEGMENTS)
    return `a path has at most ${MAX_SEGMENTS} parts, unlike ${quote(name)}`;
  // A parameter's name may hold anything; in an expression none of it gets here.
  const strange = keys.find((segment) => !SEGMENT.test(segment));
  if (strange !== undefined)
    return `a part of a path has the characters A-Z, a-z, 0-9, _ and -, unlike ${quote(strange)}`;
  const target = walk(field, first, keys, canSuggest);
  return typeof target === 'string'
    ? target
    : { name, key: { kind: 'path', path: [first, ...keys] }, field: target.field };
}

/** Throws the error for a field that the caller may not read. */
export function requireReadable(field: string, { mayRead }: Lookup): void {
  if (!mayRead(field)) throw new AppError('forbidden', `You may not read the field ${field}.`);
}

/** A name as a message shows it. */
export function quote(name: string): string {
  return JSON.stringify(
    name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED).toWellFormed()}…` : name,
  );
}

function walk(
  start: FieldDefinition,
  name: string,
  keys: readonly string[],
  canSuggest: boolean,
): { readonly field: FieldDefinition | undefined } | string {
  let field = start;
  let path = name;
  for (const key of keys) {
    if (field.type === 'json') return { field: undefined };
    if (field.type === 'list')
      return `${path} is a list, whose items have no names; ${path} ?= … finds those that hold a value`;
    if (field.type !== 'dict')
      return `${path} is of type ${field.type}, so nothing stands behind a dot`;
    const { properties = [], additional = properties.length === 0 } = field;
    const property = properties.find((candidate) => candidate.name === key);
    if (property === undefined) {
      if (additional) return { field: undefined };
      const names = canSuggest ? properties.map((candidate) => candidate.name) : [];
      return `${path} has no property ${quote(key)}${suggest(key, names)}`;
    }
    field = property;
    path += `.${key}`;
  }
  return { field };
}
