import { type Static, Type } from '@sinclair/typebox';
import type { AccessRules, CompositeIndex, NamedField } from '../collections/schema.ts';

/** When it was written and what about: files sort by it, and it names the file. */
const REVISION_PATTERN = '^[0-9]{14}_[a-z0-9_]{1,60}$';

export const MAX_MESSAGE_LENGTH = 200;

const closed = { additionalProperties: false };
const Name = Type.String({ minLength: 1, maxLength: 63 });
const Label = Type.String({ minLength: 1, maxLength: 200 });
// Fields, access and indexes are checked as those of a request are, when the step is prepared.
const Fields = Type.Unsafe<readonly NamedField[]>(
  Type.Array(Type.Object({ name: Name }, { additionalProperties: true })),
);
const Access = Type.Unsafe<Partial<AccessRules>>(Type.Record(Type.String(), Type.String()));
const Indexes = Type.Unsafe<readonly CompositeIndex[]>(
  Type.Array(Type.Object({ fields: Type.Array(Name), unique: Type.Boolean() }, closed)),
);

const CreateStep = Type.Object(
  {
    step: Type.Literal('create_collection'),
    name: Name,
    label: Type.Optional(Label),
    fields: Fields,
    access: Type.Optional(Access),
    indexes: Type.Optional(Indexes),
  },
  closed,
);

const ChangeStep = Type.Object(
  {
    step: Type.Literal('change_collection'),
    name: Name,
    rename_to: Type.Optional(Name),
    label: Type.Optional(Label),
    rename_fields: Type.Optional(Type.Array(Type.Object({ from: Name, to: Name }, closed))),
    drop_fields: Type.Optional(Type.Array(Name)),
    change_fields: Type.Optional(Fields),
    add_fields: Type.Optional(Fields),
    /** All of them, as they stand once the step is done. */
    field_order: Type.Optional(Type.Array(Name)),
    access: Type.Optional(Access),
    indexes: Type.Optional(Indexes),
    /** Delete the values of dropped fields, and those that do not fit changed ones. */
    delete_values: Type.Optional(Type.Boolean()),
  },
  closed,
);

const DropStep = Type.Object(
  {
    step: Type.Literal('drop_collection'),
    name: Name,
    /** Also when it holds records. */
    delete_records: Type.Optional(Type.Boolean()),
  },
  closed,
);

/** One thing done to the collections. */
export const MigrationStep = Type.Union([CreateStep, ChangeStep, DropStep]);
export type MigrationStep = Static<typeof MigrationStep>;
export type CreateStep = Static<typeof CreateStep>;
export type ChangeStep = Static<typeof ChangeStep>;

export const STEP_SCHEMAS = {
  create_collection: CreateStep,
  change_collection: ChangeStep,
  drop_collection: DropStep,
} as const;

export const MigrationFile = Type.Object(
  {
    revision: Type.String({ pattern: REVISION_PATTERN }),
    /** The revision before, or null for the first. */
    after: Type.Union([Type.String({ pattern: REVISION_PATTERN }), Type.Null()]),
    message: Type.String({ maxLength: MAX_MESSAGE_LENGTH }),
    up: Type.Array(Type.Unknown()),
    down: Type.Array(Type.Unknown()),
  },
  closed,
);

/** A file of migrations/, checked. */
export interface Migration {
  readonly revision: string;
  readonly after: string | null;
  readonly message: string;
  readonly up: readonly MigrationStep[];
  readonly down: readonly MigrationStep[];
}
