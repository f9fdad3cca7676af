import { type Static, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;
const MAX_SUBJECT = 200;
const MAX_BODY = 50_000;

/** The mails that the server writes, by what they are about. */
export const MAIL_KINDS = [
  'verify_email',
  'password_reset',
  'change_email',
  'email_changed',
  'password_changed',
] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

const kind = Type.Unsafe<MailKind>(
  Type.Union(
    MAIL_KINDS.map((name) => Type.Literal(name)),
    { description: 'What the mail is about.' },
  ),
);

/** What replaces parts of a mail's own text; a part that is left out stays as it comes. */
export const MailTemplate = Type.Object(
  {
    subject: Type.Optional(
      Type.String({ minLength: 1, maxLength: MAX_SUBJECT, description: 'One line.' }),
    ),
    html: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_BODY,
        description: 'The mail as HTML. Values are escaped.',
      }),
    ),
    text: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_BODY,
        description: 'The mail as plain text, for those who read no HTML.',
      }),
    ),
  },
  { ...closed, $id: 'MailTemplate' },
);
export type MailTemplate = Static<typeof MailTemplate>;

const template = Type.Optional(Type.Object(MailTemplate.properties, closed));

/** What an admin wrote in place of the mails as they come. */
export const MailTemplates = Type.Object(
  {
    verify_email: template,
    password_reset: template,
    change_email: template,
    email_changed: template,
    password_changed: template,
  } satisfies Record<MailKind, typeof template>,
  {
    ...closed,
    $id: 'MailTemplates',
    description:
      'Own texts by kind of mail. {{instance_name}}, {{email}} and, by kind, {{url}}, {{expires_in}} and {{new_email}} stand for their values.',
  },
);
export type MailTemplates = Static<typeof MailTemplates>;

export const MailTestBody = Type.Object(
  {
    to: Type.String({ description: 'The address that the mail goes to.' }),
    kind: Type.Optional(kind),
  },
  { ...closed, $id: 'MailTestBody' },
);
export type MailTestBody = Static<typeof MailTestBody>;

export const MailPreviewBody = Type.Object(
  { kind, template },
  { ...closed, $id: 'MailPreviewBody' },
);
export type MailPreviewBody = Static<typeof MailPreviewBody>;

const parts = { subject: Type.String(), html: Type.String(), text: Type.String() };

/** A mail, with its values filled in or with the places for them. */
export type MailPreview = Static<typeof MailPreviewAnswer>['template'];

export const MailPreviewAnswer = Type.Object(
  {
    ...parts,
    template: Type.Object(parts, {
      ...closed,
      description: 'What it was made from, to begin an own text with.',
    }),
    variables: Type.Array(Type.String(), {
      description: 'What stands for a value in this mail, each as {{name}}.',
    }),
  },
  { ...closed, $id: 'MailPreviewAnswer' },
);
export type MailPreviewAnswer = Static<typeof MailPreviewAnswer>;
