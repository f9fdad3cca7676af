import { type Static, Type } from '@sinclair/typebox';

const timestamp = (description: string) => Type.String({ format: 'date-time', description });

/** An account as admins see it. The password's hash is not part of it on purpose. */
export const User = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    email: Type.String({ description: 'In lower case, its domain in ASCII (`xn--`).' }),
    is_admin: Type.Boolean(),
    is_active: Type.Boolean({ description: 'False: the account cannot sign in.' }),
    email_verified: Type.Boolean(),
    created_at: timestamp('When the account was made.'),
    updated_at: timestamp('When the account was last changed.'),
    last_seen_at: Type.Union(
      [
        timestamp(
          'When a session or an API token of the account was last used, true to the minute, also when it has ended since.',
        ),
        Type.Null(),
      ],
      { description: 'null: never.' },
    ),
  },
  { $id: 'User', additionalProperties: false },
);
export type User = Static<typeof User>;

export const UserPage = Type.Object(
  {
    items: Type.Array(User),
    total: Type.Integer({ description: 'How many accounts fit the search, on all pages.' }),
    page: Type.Integer({ description: 'Counted from 1.' }),
    page_size: Type.Integer(),
  },
  { $id: 'UserPage', additionalProperties: false },
);
export type UserPage = Static<typeof UserPage>;

const closed = { additionalProperties: false } as const;
const body = {
  is_admin: Type.Optional(Type.Boolean()),
  is_active: Type.Optional(Type.Boolean({ description: 'False: the account cannot sign in.' })),
  email_verified: Type.Optional(Type.Boolean()),
};

export const UserBody = Type.Object(
  {
    email: Type.String(),
    password: Type.Optional(
      Type.String({
        description:
          'At most 256 characters, at least auth.password_min_length (8). Without one nobody can sign in until a reset link was used.',
      }),
    ),
    ...body,
  },
  { ...closed, $id: 'UserBody' },
);
export type UserBody = Static<typeof UserBody>;

export const UserPatch = Type.Object(
  {
    email: Type.Optional(
      Type.String({ description: 'Counts as not verified unless email_verified says otherwise.' }),
    ),
    password: Type.Optional(
      Type.String({ description: 'Ends all sessions of the account but the one that sets it.' }),
    ),
    ...body,
  },
  { ...closed, $id: 'UserPatch' },
);
export type UserPatch = Static<typeof UserPatch>;

export const UserRecords = Type.Object(
  {
    total: Type.Integer({ description: 'How many records the account owns.' }),
    collections: Type.Array(
      Type.Object(
        { name: Type.String(), label: Type.String(), records: Type.Integer({ minimum: 1 }) },
        closed,
      ),
      { description: 'Those in which it owns any.' },
    ),
  },
  { ...closed, $id: 'UserRecords' },
);
export type UserRecords = Static<typeof UserRecords>;
