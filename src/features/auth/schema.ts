import { type Static, Type } from '@sinclair/typebox';
import { User } from '../users/schema.ts';

const closed = { additionalProperties: false } as const;
/** Bounds what is hashed; longer than any password that could have been set. */
const MAX_SIGN_IN_LENGTH = 1024;

const cookie = Type.Optional(
  Type.Boolean({
    description:
      'True: the token comes as the HttpOnly cookie tb_session and is left out of the answer.',
  }),
);
// Lengths of new passwords are the service's rule: they count code points, TypeBox counts UTF-16 units.
const newPassword = Type.String({
  description: 'At most 256 characters, at least auth.password_min_length (8).',
});

export const RegisterBody = Type.Object(
  { email: Type.String(), password: newPassword },
  { ...closed, $id: 'RegisterBody' },
);
export type RegisterBody = Static<typeof RegisterBody>;

export const LoginBody = Type.Object(
  {
    email: Type.String({ maxLength: MAX_SIGN_IN_LENGTH }),
    password: Type.String({ maxLength: MAX_SIGN_IN_LENGTH }),
    cookie,
  },
  { ...closed, $id: 'LoginBody' },
);
export type LoginBody = Static<typeof LoginBody>;

export const SetupBody = Type.Object(
  {
    token: Type.String({ maxLength: 256, description: 'From the link that the server printed.' }),
    email: Type.String(),
    password: newPassword,
    cookie,
  },
  { ...closed, $id: 'SetupBody' },
);
export type SetupBody = Static<typeof SetupBody>;

export const RegisterAnswer = Type.Object(
  {
    id: User.properties.id,
    email: User.properties.email,
    is_admin: Type.Boolean(),
    created_at: User.properties.created_at,
  },
  { ...closed, $id: 'RegisterAnswer' },
);
export type RegisterAnswer = Static<typeof RegisterAnswer>;

export const LoginAnswer = Type.Object(
  {
    token: Type.Optional(
      Type.String({ description: 'Shown this once; absent when it was sent as a cookie.' }),
    ),
    expires_at: Type.String({ format: 'date-time' }),
    user: Type.Object(
      { id: User.properties.id, email: User.properties.email, is_admin: Type.Boolean() },
      closed,
    ),
  },
  { ...closed, $id: 'LoginAnswer' },
);
export type LoginAnswer = Static<typeof LoginAnswer>;

export const Me = Type.Object(User.properties, { ...closed, $id: 'Me' });
export type Me = Static<typeof Me>;
