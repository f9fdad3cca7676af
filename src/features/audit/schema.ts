import { type Static, Type } from '@sinclair/typebox';
import { AUDIT_SUBJECTS } from '../../core/audit.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>(Type.String({ enum: [...values], description }));
const nullableText = (description: string) => nullable(Type.String({ description }));

const ACTOR_KINDS = ['anonymous', 'user', 'admin', 'system'] as const;
const ACTOR_VIAS = ['session', 'api_token', 'command_line', 'server'] as const;
export type ActorVia = (typeof ACTOR_VIAS)[number];

/** Something that was done, with who did it. Accounts and names are as they were at the time. */
export const AuditItem = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    created_at: Type.String({ format: 'date-time', description: 'When it was noted.' }),
    action: Type.String({ description: 'What was done, as subject.verb: user.delete.' }),
    actor_kind: words(
      ACTOR_KINDS,
      'anonymous: nobody who has signed in, such as the holder of a one-time link; system: see actor_via.',
    ),
    actor_via: nullable(
      words(
        ACTOR_VIAS,
        'How they showed who they are; command_line: at the machine; server: by itself, as a schedule does.',
      ),
    ),
    actor_id: nullableText('The account.'),
    actor_email: nullableText('Its address.'),
    actor_token_id: nullableText('The session or API token that was shown.'),
    subject_type: words(AUDIT_SUBJECTS, 'What it was done to.'),
    subject_id: nullableText('Its id; of records, that of their collection.'),
    subject_name: nullableText('What people know it by: an e-mail address, a name.'),
    details: Type.Record(Type.String(), Type.Unknown(), {
      description:
        'More about it, by action. A change has `changed`, the keys, with `was` and `now` where they may be shown.',
    }),
    request_id: nullableText('X-Request-ID of the request, as in the log.'),
    address: nullableText('The address that it came from.'),
  },
  { $id: 'AuditItem', additionalProperties: false },
);
export type AuditItem = Static<typeof AuditItem>;

export const AuditPage = Type.Object(
  {
    items: Type.Array(AuditItem),
    total: Type.Integer({ description: 'How many fit, on all pages.' }),
    page: Type.Integer({ description: 'Counted from 1.' }),
    page_size: Type.Integer(),
  },
  { $id: 'AuditPage', additionalProperties: false },
);
export type AuditPage = Static<typeof AuditPage>;
