import { type Static, Type } from '@sinclair/typebox';

const timestamp = (description: string) => Type.String({ format: 'date-time', description });

/** An account as admins and its owner see it. The password's hash is not part of it on purpose. */
export const User = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    email: Type.String({ description: 'In lower case.' }),
    is_admin: Type.Boolean(),
    is_active: Type.Boolean({ description: 'False: the account cannot sign in.' }),
    email_verified: Type.Boolean(),
    created_at: timestamp('When the account was made.'),
    updated_at: timestamp('When the account was last changed.'),
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
