import type { TSchema } from '@sinclair/typebox';
import type { Fault } from '../../../core/errors.ts';
import type { JsonValue } from '../../../lib/json-value.ts';

export const ACCESS_LEVELS = ['public', 'auth', 'owner', 'admin'] as const;
/** Who may do something: anyone, any signed-in user, the record's owner, admins. */
export type Access = (typeof ACCESS_LEVELS)[number];

/** Every type a field can have. One file beside this one holds each. */
export const FIELD_KINDS = [
  'string',
  'integer',
  'float',
  'boolean',
  'date',
  'datetime',
  'email',
  'url',
  'uuid',
  'list',
  'dict',
  'json',
  'reference',
] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

/** What happens to a record when the one it refers to is deleted. */
export const ON_DELETE = ['restrict', 'cascade', 'set_null'] as const;

/** A field as it is stored: canonical type, only constraints that fit it. An item of a list has no name. */
export interface FieldDefinition {
  readonly name?: string;
  readonly type: FieldKind;
  readonly description?: string;
  readonly required?: boolean;
  readonly nullable?: boolean;
  readonly default?: JsonValue;
  readonly unique?: boolean;
  readonly index?: boolean;
  readonly min_length?: number;
  readonly max_length?: number;
  readonly pattern?: string;
  readonly enum?: readonly (string | number)[];
  /** A number, or the text of a date or datetime. */
  readonly min?: number | string;
  readonly max?: number | string;
  readonly items?: FieldDefinition;
  readonly min_items?: number;
  readonly max_items?: number;
  readonly unique_items?: boolean;
  readonly properties?: readonly NamedField[];
  readonly additional?: boolean;
  /** The most bytes of JSON, for type json. */
  readonly max_bytes?: number;
  /** The collection that a reference leads to, or `users`. */
  readonly collection?: string;
  readonly on_delete?: (typeof ON_DELETE)[number];
  /** Who may read and write this field, beyond what the collection says; of a record's own fields only. */
  readonly read?: Access;
  readonly write?: Access;
}
export type NamedField = FieldDefinition & { readonly name: string };

export type Loc = readonly (string | number)[];
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Checks one value that is not null: answers it in stored form, or adds faults and answers undefined. */
export type Check = (value: unknown, loc: Loc, faults: Fault[]) => JsonValue | undefined;

/** What a column over the field holds; `none` for values that no column can stand for. */
export type ColumnKind = 'text' | 'integer' | 'real' | 'boolean' | 'none';

/** For types that hold other fields: how to compile those. */
export interface Compiler {
  check(field: FieldDefinition): Check;
  /** Checks named fields of an object: unknown keys, required, null. */
  object(fields: readonly NamedField[], additional: boolean): Check;
  jsonSchema(field: FieldDefinition): JsonSchema;
  objectSchema(fields: readonly NamedField[], additional: boolean): JsonSchema;
}

export interface FieldType {
  readonly aliases: readonly string[];
  readonly column: ColumnKind;
  /** The constraints of this type alone; each schema's description completes "must be …". */
  readonly constraints: Readonly<Partial<Record<keyof FieldDefinition, TSchema>>>;
  /** Constraints that do not go together: the name of the one to blame and why. */
  findConflict?(field: FieldDefinition): readonly [constraint: string, msg: string] | undefined;
  /** The definition in stored form, where a constraint has several spellings; it has no conflict. */
  toCanonical?(field: FieldDefinition): FieldDefinition;
  /** For types of time: the value that the default `"now"` stands for at this moment. */
  atMoment?(ms: number): string;
  compile(field: FieldDefinition, compiler: Compiler): Check;
  jsonSchema(field: FieldDefinition, compiler: Compiler): JsonSchema;
}

/** Adds a fault and answers nothing, so that a check can end with it. */
export function refuse(faults: Fault[], loc: Loc, type: string, msg: string): undefined {
  faults.push({ loc, msg, type });
  return undefined;
}

/** More faults than anybody reads; a body of a million wrong items must not become as many lines. */
const MAX_FAULTS = 100;

/** True when there are enough faults: adds one that says so, the first time. */
export function isTooMany(faults: Fault[], loc: Loc): boolean {
  if (faults.length < MAX_FAULTS) return false;
  if (faults.length === MAX_FAULTS) refuse(faults, loc, 'too_many_faults', 'has further faults');
  return true;
}

/** How a message names a value that was refused, without repeating a long one. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57).toWellFormed()}…` : text;
}
