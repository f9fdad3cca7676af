import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { sampleLetter } from '../../../src/features/mail/sample.ts';
import { MAIL_KINDS, type MailKind } from '../../../src/features/mail/schema.ts';
import {
  findTemplateFaults,
  renderMail,
  templateOf,
  variablesOf,
} from '../../../src/features/mail/templates.ts';

const linkTo = (page: string, token: string) =>
  `https://api.example.com/admin/#/${page}?token=${token}`;
const valuesOf = (kind: MailKind, name = 'Books & Co') => ({
  ...sampleLetter(kind, linkTo).values,
  instance_name: name,
});
const messages = (kind: MailKind, template: object) =>
  findTemplateFaults({ [kind]: template }).map(({ loc, msg }) => `${loc.join('.')}: ${msg}`);

describe('the mails as they come', () => {
  for (const kind of MAIL_KINDS)
    test(`${kind} has no fault and leaves no place open`, () => {
      expect(findTemplateFaults({ [kind]: templateOf(kind, {}) })).toEqual([]);
      const mail = renderMail(kind, {}, valuesOf(kind));
      for (const text of Object.values(mail)) {
        expect(text).not.toMatch(/\{\{|undefined/);
      }
      expect(mail.subject).toContain('Books & Co');
      expect(mail.html).toContain('Books &amp; Co');
      expect(mail.text).toContain('Books & Co');
    });

  test('ask for nothing from another server, and run nothing', () => {
    for (const kind of MAIL_KINDS) {
      const { html } = renderMail(kind, {}, valuesOf(kind));
      const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url);
      for (const url of addresses) expect(url).toStartWith('https://api.example.com/admin/#/');
      expect(html).not.toMatch(/<script|<img|<link|@import|url\(/i);
    }
  });
});

describe('own texts', () => {
  test('take the place of a part each', () => {
    const own = { password_reset: { subject: 'Hello {{ email }}' } };
    const mail = renderMail('password_reset', own, valuesOf('password_reset'));
    expect(mail.subject).toBe('Hello ann@example.com');
    expect(mail.text).toBe(renderMail('password_reset', {}, valuesOf('password_reset')).text);
  });

  test('a value that nobody knows is a fault, with all that there are and the nearest', () => {
    expect(messages('email_changed', { text: 'Dear {{emial}}' })).toEqual([
      'body.mail_templates.email_changed.text: has no value for {{emial}}: there are {{instance_name}}, {{email}}; did you mean email?',
    ]);
    expect(messages('email_changed', { subject: '{{url}}' })).toHaveLength(1);
  });

  test('the link must be there where there is one, and stays out of the subject', () => {
    for (const kind of ['verify_email', 'password_reset', 'change_email'] as const) {
      expect(messages(kind, { html: '<p>Hi</p>', text: 'Hi' })).toHaveLength(2);
      expect(messages(kind, { subject: 'Go to {{url}}' })).toHaveLength(1);
      expect(messages(kind, { html: '{{url}}', text: '{{ url }}' })).toEqual([]);
    }
    expect(messages('password_changed', { html: '<p>Hi</p>', text: 'Hi' })).toEqual([]);
  });

  test('braces without a name are a fault, those of a style sheet are none', () => {
    expect(messages('email_changed', { text: 'a {{ b' })).toHaveLength(1);
    expect(messages('email_changed', { text: '{{Email}}' })).toHaveLength(1);
    expect(
      messages('email_changed', { html: '<style>@media print{.a{color:red}}</style>' }),
    ).toEqual([]);
  });

  for (const subject of ['a\nb', 'a\r\nBcc: all@example.com', 'a\u2028b', '\u0000', ' ', '\ud800'])
    test(`the subject ${JSON.stringify(subject)} is a fault`, () => {
      expect(messages('email_changed', { subject }).length).toBeGreaterThan(0);
    });

  test('every fault is told at once', () => {
    const faults = messages('verify_email', { subject: '\n', html: '{{x}}', text: '' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(
      expect.arrayContaining([
        'body.mail_templates.verify_email.subject',
        'body.mail_templates.verify_email.html',
        'body.mail_templates.verify_email.text',
      ]),
    );
  });
});

describe('values', () => {
  test('cross-site scripting: no value gets into the HTML as anything but text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const template = { email_changed: { html: '<p title="{{instance_name}}">{{email}}</p>' } };
        const { html } = renderMail('email_changed', template, {
          instance_name: name,
          email: name,
        });
        const inner = html.slice('<p title="'.length, -'</p>'.length);
        expect(inner.replace('">', '')).not.toMatch(/[<>"']/);
      }),
    );
  });

  test('template injection: braces in a value are text', () => {
    const values = { instance_name: '{{email}} {{url}}', email: 'ann@example.com' };
    const { text } = renderMail(
      'email_changed',
      { email_changed: { text: '{{instance_name}}' } },
      values,
    );
    expect(text).toBe('{{email}} {{url}}');
  });

  test('header injection: a subject is one line, whatever the values hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const { subject } = renderMail('email_changed', {}, valuesOf('email_changed', name));
        expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test('a template without faults is filled in completely', () => {
    const piece = fc.oneof(
      fc.string().filter((text) => !/[{}]/.test(text)),
      fc.constantFrom(...MAIL_KINDS.flatMap(variablesOf)).map((name) => `{{${name}}}`),
    );
    fc.assert(
      fc.property(fc.constantFrom(...MAIL_KINDS), fc.array(piece), (kind, pieces) => {
        const template = { [kind]: { text: pieces.join('') } };
        if (findTemplateFaults(template).length > 0) return;
        expect(renderMail(kind, template, valuesOf(kind, 'x')).text).not.toContain('{{');
      }),
    );
  });
});
