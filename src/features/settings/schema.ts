import { type Static, Type } from '@sinclair/typebox';
import { MAIL_KINDS, type MailKind, MailTemplate, MailTemplates } from '../mail/schema.ts';

const closed = { additionalProperties: false } as const;

const registration = Type.Union([Type.Literal('open'), Type.Literal('closed')], {
  description: 'closed: only admins make accounts.',
});

/** A setting of the file, the environment or a flag, with where it came from. */
const ConfigEntry = Type.Object(
  {
    value: Type.Union(
      [Type.String(), Type.Number(), Type.Boolean(), Type.Array(Type.String()), Type.Null()],
      {
        description:
          'The value that counts; null when there is none. Of a secret only "set" or "not set", of an address nothing before its @ and after its ?.',
      },
    ),
    origin: Type.String({
      description: 'tinybase.toml:12, TINYBASE_SERVER_PORT, --port or default.',
    }),
    description: Type.String({ description: 'What it does.' }),
    is_secret: Type.Boolean({ description: 'True: its value is never shown.' }),
  },
  { ...closed, $id: 'ConfigEntry' },
);
export type ConfigEntry = Static<typeof ConfigEntry>;

export const Settings = Type.Object(
  {
    instance_name: Type.String({
      description: 'What people know this server by: in mails, the admin app and the API.',
    }),
    registration,
    mail_templates: MailTemplates,
    locked: Type.Array(
      Type.Object(
        {
          key: Type.String({ description: 'A key of this answer that cannot be changed here.' }),
          origin: Type.String({ description: 'Where it is set: tinybase.toml:12.' }),
        },
        closed,
      ),
      { description: 'Keys that the file, the environment or a flag decides.' },
    ),
    config: Type.Record(Type.String(), ConfigEntry, {
      description:
        'Every other setting by its key, such as server.port, in the order of tinybase.toml. They are read when the server starts, and changed there.',
    }),
  },
  { ...closed, $id: 'Settings' },
);
export type Settings = Static<typeof Settings>;

const template = Type.Optional(
  Type.Union([Type.Object(MailTemplate.properties, closed), Type.Null()]),
);

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(
  schema: T,
  description: string,
) => Type.Optional(Type.Union([schema, Type.Null()], { description }));

export const SettingsPatch = Type.Object(
  {
    instance_name: orNull(Type.String(), '1 to 100 characters; null: TinyBase.'),
    registration: orNull(registration, 'closed: only admins make accounts. null: open.'),
    mail_templates: orNull(
      Type.Object(
        Object.fromEntries(MAIL_KINDS.map((kind) => [kind, template])) as Record<
          MailKind,
          typeof template
        >,
        closed,
      ),
      'Each kind that is sent is replaced as a whole, the others stay. null for a kind, or for all of it: the texts that come with the server.',
    ),
  },
  { ...closed, $id: 'SettingsPatch' },
);
export type SettingsPatch = Static<typeof SettingsPatch>;
