import type { Fault } from '../../core/errors.ts';
import { suggest } from '../../lib/nearest.ts';
import { DEFAULT_TEMPLATES } from './default-templates.ts';
import {
  MAIL_KINDS,
  type MailKind,
  type MailPreview,
  type MailTemplate,
  type MailTemplates,
} from './schema.ts';

/** What a mail can say, by its name in templates. */
const VARIABLES = {
  verify_email: ['instance_name', 'email', 'url', 'expires_in'],
  password_reset: ['instance_name', 'email', 'url', 'expires_in'],
  change_email: ['instance_name', 'email', 'new_email', 'url', 'expires_in'],
  email_changed: ['instance_name', 'email'],
  password_changed: ['instance_name', 'email'],
} as const satisfies Record<MailKind, readonly string[]>;

/** The values of a mail of this kind. */
export type MailValues<Kind extends MailKind> = Readonly<
  Record<(typeof VARIABLES)[Kind][number], string>
>;

const PARTS = ['subject', 'html', 'text'] as const;
type Part = (typeof PARTS)[number];

/** A name between two braces, or braces that hold none. Closing ones alone are at home in style sheets. */
const PLACE = /\{\{\s*([a-z_]+)\s*\}\}|\{\{/g;
/** What could begin another header or hide a part of the subject. */
const NOT_IN_A_LINE = /[\p{Cc}\p{Zl}\p{Zp}]/u;
/** The same, and what turns the direction of the text around. */
const UNSAFE_IN_A_LINE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;

/** Everything wrong with the texts that an admin wrote, as the settings hold them. */
export function findTemplateFaults(templates: MailTemplates): readonly Fault[] {
  return MAIL_KINDS.flatMap((kind) =>
    findFaults(kind, templates[kind] ?? {}, ['mail_templates', kind]),
  );
}

/** The same of one text; `at` is where it stands in the body. */
export function findFaults(
  kind: MailKind,
  template: MailTemplate,
  at: readonly string[],
): readonly Fault[] {
  return PARTS.flatMap((part) => {
    const source = template[part];
    if (source === undefined) return [];
    const loc = ['body', ...at, part];
    return describeFaults(kind, part, source).map((msg) => ({ loc, msg, type: 'value_error' }));
  });
}

function describeFaults(kind: MailKind, part: Part, source: string): readonly string[] {
  const known: readonly string[] = VARIABLES[kind];
  const used = [...source.matchAll(PLACE)].map(([place, name]) => ({ place, name }));
  const faults = new Set<string>();
  if (!source.isWellFormed()) faults.add('must be well-formed Unicode');
  if (source.trim() === '') faults.add('must not be empty');
  if (part === 'subject' && NOT_IN_A_LINE.test(source)) faults.add('must be one line');
  for (const { place, name } of used) {
    if (name === undefined)
      faults.add(`has ${place} without a name: write a value as {{instance_name}}`);
    else if (!known.includes(name)) faults.add(describeUnknown(name, known));
  }
  if (known.includes('url')) {
    const isThere = used.some(({ name }) => name === 'url');
    if (part !== 'subject' && !isThere)
      faults.add('must hold {{url}}: without it nobody can follow the link');
    if (part === 'subject' && isThere)
      faults.add('must not hold {{url}}: subjects are shown in notifications and kept in logs');
  }
  return [...faults];
}

function describeUnknown(name: string, known: readonly string[]): string {
  const all = known.map((each) => `{{${each}}}`).join(', ');
  return `has no value for {{${name}}}: there are ${all}${suggest(name, known)}`;
}

/** The mail with its values in it: own texts where there are some, else those that come with the server. */
export function renderMail(
  kind: MailKind,
  templates: MailTemplates,
  values: Readonly<Record<string, string>>,
): MailPreview {
  const { subject, html, text } = templateOf(kind, templates);
  return {
    subject: toLine(fill(subject, values, (value) => value)),
    html: fill(html, values, Bun.escapeHTML),
    text: fill(text, values, (value) => value),
  };
}

/** The texts that count for a mail, each on its own. */
export function templateOf(kind: MailKind, templates: MailTemplates): MailPreview {
  return { ...DEFAULT_TEMPLATES[kind], ...templates[kind] };
}

export function variablesOf(kind: MailKind): readonly string[] {
  return VARIABLES[kind];
}

/** In one pass: braces in a value are text. */
function fill(
  source: string,
  values: Readonly<Record<string, string>>,
  toSafe: (value: string) => string,
): string {
  return source.replaceAll(PLACE, (place, name: string | undefined) =>
    name !== undefined && Object.hasOwn(values, name) ? toSafe(values[name] ?? '') : place,
  );
}

/** What a header holds as one line, whatever is in it. */
export function toLine(text: string): string {
  return text.replaceAll(UNSAFE_IN_A_LINE, ' ').trim();
}
