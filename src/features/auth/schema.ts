import { type Static, Type } from '@sinclair/typebox';
import { SCOPES } from '../../core/actor.ts';
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

const { last_seen_at: _, ...own } = User.properties;
/** As they are here right now, when they were seen last tells them nothing. */
export const Me = Type.Object(own, { ...closed, $id: 'Me' });
export type Me = Static<typeof Me>;

export const RefreshBody = Type.Optional(
  Type.Object({ cookie }, { ...closed, $id: 'RefreshBody' }),
);
export type RefreshBody = Static<typeof RefreshBody>;

const currentPassword = Type.String({ maxLength: MAX_SIGN_IN_LENGTH });

export const ChangePasswordBody = Type.Object(
  { current_password: currentPassword, password: newPassword },
  { ...closed, $id: 'ChangePasswordBody' },
);
export type ChangePasswordBody = Static<typeof ChangePasswordBody>;

export const ChangeEmailBody = Type.Object(
  { email: Type.String({ description: 'The new address.' }), password: currentPassword },
  { ...closed, $id: 'ChangeEmailBody' },
);
export type ChangeEmailBody = Static<typeof ChangeEmailBody>;

export const EmailBody = Type.Object({ email: Type.String() }, { ...closed, $id: 'EmailBody' });
export type EmailBody = Static<typeof EmailBody>;

export const OneTimeTokenBody = Type.Object(
  { token: Type.String({ maxLength: 256, description: 'From the link, behind `token=`.' }) },
  { ...closed, $id: 'OneTimeTokenBody' },
);
export type OneTimeTokenBody = Static<typeof OneTimeTokenBody>;

export const DeleteMeBody = Type.Object(
  { password: currentPassword },
  { ...closed, $id: 'DeleteMeBody' },
);
export type DeleteMeBody = Static<typeof DeleteMeBody>;

export const PasswordResetBody = Type.Object(
  {
    token: Type.String({ maxLength: 256, description: 'From the link, behind `token=`.' }),
    password: newPassword,
  },
  { ...closed, $id: 'PasswordResetBody' },
);
export type PasswordResetBody = Static<typeof PasswordResetBody>;

/** A one-time link for a new password, for an admin to hand over. */
export const ResetLink = Type.Object(
  {
    token: Type.String({ description: 'Shown this once; counts once.' }),
    url: Type.Union([Type.String(), Type.Null()], {
      description: 'The page that takes the token; null unless server.public_url is set.',
    }),
    expires_at: Type.String({ format: 'date-time' }),
  },
  { ...closed, $id: 'ResetLink' },
);
export type ResetLink = Static<typeof ResetLink>;

/** A device on which an account is signed in. */
const Session = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.Union([Type.String(), Type.Null()], {
      description: 'What the device says it is (User-Agent), at most 200 characters.',
    }),
    created_at: Type.String({ format: 'date-time', description: 'When it signed in.' }),
    last_used_at: Type.String({ format: 'date-time', description: 'To the minute.' }),
    expires_at: Type.String({ format: 'date-time' }),
    is_current: Type.Boolean({ description: 'It is the session that this request has shown.' }),
  },
  { ...closed, $id: 'Session' },
);

export const SessionPage = Type.Object(
  {
    items: Type.Array(Session),
    total: Type.Integer({ description: 'How many there are, on all pages.' }),
    page: Type.Integer({ description: 'Counted from 1.' }),
    page_size: Type.Integer(),
  },
  { ...closed, $id: 'SessionPage' },
);
export type SessionPage = Static<typeof SessionPage>;

const Scopes = Type.Array(
  Type.Unsafe<(typeof SCOPES)[number]>(Type.Union(SCOPES.map((scope) => Type.Literal(scope)))),
  {
    minItems: 1,
    uniqueItems: true,
    description:
      'What the token opens: lists and reads of records, writes of records, calls of functions, deployments, or all that its maker may.',
  },
);
const tokenName = Type.String({ description: '1 to 100 characters, to know it by.' });
const tokenExpiry = (description: string) =>
  Type.Union([
    Type.String({ description }),
    Type.Null({ description: 'It never ends by itself.' }),
  ]);

export const ApiTokenBody = Type.Object(
  {
    name: tokenName,
    scopes: Scopes,
    expires_at: Type.Optional(tokenExpiry('RFC 3339, in the future; never if absent.')),
  },
  { ...closed, $id: 'ApiTokenBody' },
);
export type ApiTokenBody = Static<typeof ApiTokenBody>;

export const MadeApiToken = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: tokenName,
    scopes: Scopes,
    expires_at: tokenExpiry('When the token ends.'),
    token: Type.String({ description: 'Shown this once.' }),
  },
  { ...closed, $id: 'MadeApiToken' },
);
export type MadeApiToken = Static<typeof MadeApiToken>;

/** An API token as admins see it; the token itself is not kept anywhere. */
export const ApiToken = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: tokenName,
    scopes: Scopes,
    user_id: Type.String({
      format: 'uuid',
      description: 'Who made it, and with whose rights it acts.',
    }),
    email: User.properties.email,
    created_at: Type.String({ format: 'date-time' }),
    last_used_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'To the minute; null: never.',
    }),
    expires_at: tokenExpiry('When the token ends, or has ended.'),
  },
  { ...closed, $id: 'ApiToken' },
);
export type ApiToken = Static<typeof ApiToken>;

export const ApiTokenPage = Type.Object(
  {
    items: Type.Array(ApiToken),
    total: Type.Integer({ description: 'How many there are, on all pages.' }),
    page: Type.Integer({ description: 'Counted from 1.' }),
    page_size: Type.Integer(),
  },
  { ...closed, $id: 'ApiTokenPage' },
);
export type ApiTokenPage = Static<typeof ApiTokenPage>;
