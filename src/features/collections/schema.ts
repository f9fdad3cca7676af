import { type Static, Type } from '@sinclair/typebox';
import type { JsonValue } from '../../lib/json-value.ts';
import {
  ACCESS_LEVELS,
  type Access,
  type ColumnKind,
  FIELD_KINDS,
  type FieldDefinition,
  type FieldKind,
  type NamedField,
  ON_DELETE,
} from './fields/field-type.ts';
import { FIELD_TYPES } from './fields/index.ts';

export {
  ACCESS_LEVELS,
  type Access,
  type ColumnKind,
  type FieldDefinition,
  type FieldKind,
  type NamedField,
};

/** The data of a record in stored form: every value checked, nothing null at the top. */
export type RecordData = Readonly<Record<string, JsonValue>>;
/** The data of a record as somebody sent it. */
export type RawData = Readonly<Record<string, unknown>>;

export const OPERATIONS = ['list', 'read', 'create', 'update', 'delete'] as const;
export type Operation = (typeof OPERATIONS)[number];
export type AccessRules = Readonly<Record<Operation, Access>>;

/** Nothing is public unless somebody says so. */
export const DEFAULT_ACCESS: AccessRules = {
  list: 'owner',
  read: 'owner',
  create: 'auth',
  update: 'owner',
  delete: 'owner',
};

export const NAME_PATTERN = '^[a-z][a-z0-9_]{0,62}$';

/** What a column over the field holds. */
export function columnOf(field: FieldDefinition): ColumnKind {
  return FIELD_TYPES[field.type].column;
}

const AccessSchema = Type.Unsafe<Access>({ type: 'string', enum: [...ACCESS_LEVELS] });

const whole = Type.Optional(Type.Integer({ minimum: 0 }));
const flag = Type.Optional(Type.Boolean());
// Items and properties are fields again; the document names them by reference.
const fieldAgain = Type.Unsafe<NamedField>({ $ref: '#/components/schemas/Field' });
const itemAgain = Type.Unsafe<FieldDefinition>({ $ref: '#/components/schemas/FieldItem' });

const ITEM_KINDS = FIELD_KINDS.filter((kind) => kind !== 'reference');
/** A number, or for date and datetime a text. */
const bound = Type.Optional(Type.Union([Type.Number(), Type.String()]));

const itemOptions = {
  type: Type.Unsafe<FieldKind>({ type: 'string', enum: ITEM_KINDS }),
  description: Type.Optional(Type.String()),
  nullable: flag,
  min_length: whole,
  max_length: whole,
  pattern: Type.Optional(Type.String({ description: 'RE2 syntax, unanchored' })),
  enum: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Number()]))),
  min: bound,
  max: bound,
  items: Type.Optional(itemAgain),
  min_items: whole,
  max_items: whole,
  unique_items: flag,
  properties: Type.Optional(Type.Array(fieldAgain)),
  additional: flag,
  max_bytes: Type.Optional(Type.Integer({ minimum: 1 })),
};

const FieldItemSchema = Type.Object(itemOptions, {
  $id: 'FieldItem',
  additionalProperties: false,
  description: 'What every item of a list is: a field without a name.',
});

const FieldSchema = Type.Object(
  {
    name: Type.String(),
    ...itemOptions,
    type: Type.Unsafe<FieldKind>({ type: 'string', enum: [...FIELD_KINDS] }),
    items: Type.Optional(FieldItemSchema),
    required: flag,
    default: Type.Optional(
      Type.Unknown({ description: 'For date and datetime also "now": the time of creation' }),
    ),
    unique: flag,
    index: flag,
    collection: Type.Optional(
      Type.String({ description: 'For reference: the name of a collection, or users' }),
    ),
    on_delete: Type.Optional(
      Type.Unsafe<(typeof ON_DELETE)[number]>({ type: 'string', enum: [...ON_DELETE] }),
    ),
    read: Type.Optional(AccessSchema),
    write: Type.Optional(AccessSchema),
  },
  {
    $id: 'Field',
    additionalProperties: false,
    description:
      'A field and its constraints; which ones fit depends on the type. Types may be sent by an alias too: str, text, int, number, bool, array, object, list[T].',
  },
);

export const CollectionSchema = Type.Object(
  { fields: Type.Array(FieldSchema) },
  { $id: 'CollectionSchema', additionalProperties: false },
);
export type CollectionSchema = { readonly fields: readonly NamedField[] };

export const CollectionOptions = Type.Object(
  {
    access: Type.Object(
      Object.fromEntries(OPERATIONS.map((name) => [name, AccessSchema])) as Record<
        Operation,
        typeof AccessSchema
      >,
      { $id: 'AccessRules', additionalProperties: false },
    ),
    indexes: Type.Optional(
      Type.Array(
        Type.Object(
          {
            fields: Type.Array(Type.String(), { minItems: 2, maxItems: 8 }),
            unique: Type.Boolean(),
          },
          { $id: 'CompositeIndex', additionalProperties: false },
        ),
      ),
    ),
  },
  { $id: 'CollectionOptions', additionalProperties: false },
);
export type CollectionOptions = {
  readonly access: AccessRules;
  /** Over several fields; absent where nobody has named any. */
  readonly indexes?: readonly CompositeIndex[];
};
/** An index over several fields, in this order; unique ones ignore records that lack a value. */
export interface CompositeIndex {
  readonly fields: readonly string[];
  readonly unique: boolean;
}

export const Collection = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    label: Type.String(),
    schema: CollectionSchema,
    options: CollectionOptions,
    created_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
  },
  { $id: 'Collection', additionalProperties: false },
);
/** A collection as it is stored and answered. */
export interface Collection {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly schema: CollectionSchema;
  readonly options: CollectionOptions;
  readonly created_at: string;
  readonly updated_at: string;
}

export const CollectionList = Type.Object(
  {
    items: Type.Array(Collection),
    total: Type.Integer(),
    page: Type.Integer(),
    page_size: Type.Integer(),
  },
  { $id: 'CollectionList', additionalProperties: false },
);

// What is inside schema and options is checked by definition.ts and options.ts, with the path of each fault.
const SchemaInput = Type.Unknown({
  description: 'As CollectionSchema: {"fields": [{"name": "title", "type": "string"}]}',
});
const OptionsInput = Type.Unknown({
  description: 'As CollectionOptions; what is left out keeps what it was, at first its default.',
});
const Label = Type.String({ minLength: 1, maxLength: 200 });

export const CreateCollectionBody = Type.Object(
  {
    name: Type.String({ description: `Matches ${NAME_PATTERN}` }),
    label: Type.Optional(Label),
    schema: SchemaInput,
    options: Type.Optional(OptionsInput),
  },
  { $id: 'CollectionCreate', additionalProperties: false },
);
export type CreateCollectionBody = Static<typeof CreateCollectionBody>;

export const UpdateCollectionBody = Type.Object(
  {
    name: Type.Optional(Type.String()),
    label: Type.Optional(Label),
    schema: Type.Optional(SchemaInput),
    options: Type.Optional(OptionsInput),
  },
  { $id: 'CollectionUpdate', additionalProperties: false },
);
export type UpdateCollectionBody = Static<typeof UpdateCollectionBody>;
