import { Type } from '@sinclair/typebox';

export const CHANGE_KINDS = [
  'add_field',
  'drop_field',
  'rename_field',
  'change_field',
  'add_index',
  'drop_index',
  'change_access',
  'rename_collection',
  'change_label',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/**
 * What a change does to stored records: nothing; it moves, fills or converts values; it deletes values,
 * which wants force; it cannot be done while those records are as they are.
 */
export const EFFECTS = ['safe', 'rewrites', 'destroys', 'blocked'] as const;
export type Effect = (typeof EFFECTS)[number];

const PlannedChange = Type.Object(
  {
    kind: Type.Unsafe<ChangeKind>({ type: 'string', enum: [...CHANGE_KINDS] }),
    field: Type.Union([Type.String(), Type.Null()], {
      description: 'Null where it concerns the whole collection, or several fields at once',
    }),
    was: Type.Union([Type.String(), Type.Null()], { description: 'The old name, of a rename' }),
    effect: Type.Unsafe<Effect>({
      type: 'string',
      enum: [...EFFECTS],
      description:
        'safe touches no record; rewrites moves, fills or converts values; destroys deletes values and wants ?force=true; blocked cannot be done, with force neither',
    }),
    msg: Type.String({ description: 'What will happen, as a sentence' }),
    count: Type.Integer({ description: 'Records concerned' }),
    records: Type.Array(Type.Object({ id: Type.String(), msg: Type.String() }), {
      description: 'The first ten of those that are in the way',
    }),
  },
  { $id: 'PlannedChange', additionalProperties: false },
);

export const CollectionPlan = Type.Object(
  {
    changes: Type.Array(PlannedChange),
    rewritten: Type.Integer({ description: 'Records that would be written anew' }),
    total: Type.Integer({ description: 'Records that were looked at; 0 when none had to be' }),
    needs_force: Type.Boolean({ description: 'Values would be deleted' }),
    possible: Type.Boolean({ description: 'The same request without dry_run would be done' }),
  },
  { $id: 'CollectionPlan', additionalProperties: false },
);

export interface PlannedChange {
  readonly kind: ChangeKind;
  readonly field: string | null;
  readonly was: string | null;
  readonly effect: Effect;
  readonly msg: string;
  readonly count: number;
  readonly records: readonly { readonly id: string; readonly msg: string }[];
}

/** What a change of a collection would do, or did. */
export interface CollectionPlan {
  readonly changes: readonly PlannedChange[];
  readonly rewritten: number;
  readonly total: number;
  readonly needs_force: boolean;
  readonly possible: boolean;
}
