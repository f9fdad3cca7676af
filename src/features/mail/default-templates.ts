import type { MailKind, MailPreview } from './schema.ts';

interface Words {
  readonly subject: string;
  readonly title: string;
  readonly lead: string;
  /** What the button says; a notice has none. */
  readonly button?: string;
  /** What to do when it was somebody else. */
  readonly otherwise: string;
}

const WORDS = {
  verify_email: {
    subject: 'Confirm your e-mail address for {{instance_name}}',
    title: 'Confirm your e-mail address',
    lead: 'Somebody, hopefully you, made an account at {{instance_name}} with the address {{email}}. Confirm that it is yours.',
    button: 'Confirm address',
    otherwise: 'If it was not you, do nothing: the address is not confirmed then.',
  },
  password_reset: {
    subject: 'Set a new password for {{instance_name}}',
    title: 'Set a new password',
    lead: 'Somebody, hopefully you, asked for a new password of the account {{email}} at {{instance_name}}.',
    button: 'Set a new password',
    otherwise: 'If it was not you, do nothing: your password stays as it is.',
  },
  change_email: {
    subject: 'Confirm your new e-mail address for {{instance_name}}',
    title: 'Confirm your new e-mail address',
    lead: 'The account {{email}} at {{instance_name}} shall have the address {{new_email}} from now on. Confirm that it is yours.',
    button: 'Confirm new address',
    otherwise: 'If you know nothing of it, do nothing: the account keeps its address.',
  },
  email_changed: {
    subject: 'The e-mail address of your {{instance_name}} account was changed',
    title: 'Your e-mail address was changed',
    lead: 'Your account at {{instance_name}} has another e-mail address now. Mails no longer go to {{email}}.',
    otherwise: 'If it was not you, tell those who run {{instance_name}} at once.',
  },
  password_changed: {
    subject: 'The password of your {{instance_name}} account was changed',
    title: 'Your password was changed',
    lead: 'The account {{email}} at {{instance_name}} has a new password, and other devices were signed out.',
    otherwise: 'If it was not you, tell those who run {{instance_name}} at once.',
  },
} as const satisfies Record<MailKind, Words>;

const FONT =
  "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** Tables and inline styles: some mail programs know nothing else. The colours read on dark as well. */
function toHtml({ title, lead, button, otherwise }: Words): string {
  const action =
    button === undefined
      ? ''
      : `
<tr><td style="padding:28px 40px 0">
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td bgcolor="#1d4ed8" style="border-radius:6px">
<a href="{{url}}" style="display:inline-block;padding:12px 22px;${FONT};font-size:16px;font-weight:600;line-height:20px;color:#ffffff;text-decoration:none">${button}</a>
</td></tr></table>
</td></tr>
<tr><td class="quiet" style="padding:24px 40px 0;${FONT};font-size:13px;line-height:20px;color:#5b6270">The link counts once, for {{expires_in}}. If the button does nothing, open this address:<br><a href="{{url}}" class="link" style="color:#1d4ed8;word-break:break-all">{{url}}</a></td></tr>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${title}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #111318 !important; }
  .card { background: #1b1e25 !important; border-color: #30343d !important; }
  .words { color: #e8eaed !important; }
  .quiet { color: #a9afbb !important; }
  .link { color: #8fb4ff !important; }
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f3f4f6"><tr><td align="center" style="padding:32px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background:#ffffff;border:1px solid #e5e7eb;border-radius:10px">
<tr><td class="quiet" style="padding:32px 40px 0;${FONT};font-size:14px;line-height:20px;font-weight:600;color:#5b6270">{{instance_name}}</td></tr>
<tr><td class="words" style="padding:12px 40px 0;${FONT};font-size:22px;line-height:30px;font-weight:700;color:#111827">${title}</td></tr>
<tr><td class="words" style="padding:12px 40px 0;${FONT};font-size:16px;line-height:25px;color:#111827">${lead}</td></tr>${action}
<tr><td class="quiet" style="padding:20px 40px 36px;${FONT};font-size:13px;line-height:20px;color:#5b6270">${otherwise}</td></tr>
</table>
</td></tr></table>
</body>
</html>
`;
}

function toText({ title, lead, button, otherwise }: Words): string {
  const action =
    button === undefined
      ? ''
      : `${button}: the link counts once, for {{expires_in}}.

{{url}}

`;
  return `${title}

${lead}

${action}${otherwise}

-- 
{{instance_name}}
`;
}

/** The mails as they come. */
export const DEFAULT_TEMPLATES: Readonly<Record<MailKind, MailPreview>> = {
  verify_email: toTemplate(WORDS.verify_email),
  password_reset: toTemplate(WORDS.password_reset),
  change_email: toTemplate(WORDS.change_email),
  email_changed: toTemplate(WORDS.email_changed),
  password_changed: toTemplate(WORDS.password_changed),
};

function toTemplate(words: Words): MailPreview {
  return { subject: words.subject, html: toHtml(words), text: toText(words) };
}
