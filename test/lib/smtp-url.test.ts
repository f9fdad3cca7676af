import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseMailbox } from '../../src/lib/mailbox.ts';
import { parseSmtpUrl } from '../../src/lib/smtp-url.ts';

describe('the address of a mail server', () => {
  test('smtp is 587, with STARTTLS; smtps is 465', () => {
    expect(parseSmtpUrl('smtp://mail.example.com')).toEqual({
      host: 'mail.example.com',
      port: 587,
      tls: 'offered',
      auth: undefined,
    });
    expect(parseSmtpUrl('smtps://ann:secret@mail.example.com')).toEqual({
      host: 'mail.example.com',
      port: 465,
      tls: 'immediate',
      auth: { user: 'ann', pass: 'secret' },
    });
    expect(parseSmtpUrl('smtp://[::1]:2525/')).toMatchObject({ host: '::1', port: 2525 });
  });

  test('a password needs encryption, unless it is said that there is none', () => {
    expect(parseSmtpUrl('smtp://ann:secret@localhost')?.tls).toBe('required');
    expect(parseSmtpUrl('smtp://ann:secret@localhost?starttls=optional')?.tls).toBe('offered');
    expect(parseSmtpUrl('smtps://ann:secret@localhost?starttls=optional')?.tls).toBe('immediate');
  });

  test('every user name and password comes out as it went in, when it was escaped', () => {
    const word = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(word, word, (user, pass) => {
        const url = `smtp://${encodeURIComponent(user)}:${encodeURIComponent(pass)}@host.example`;
        expect(parseSmtpUrl(url)?.auth).toEqual({ user, pass });
      }),
    );
  });

  for (const url of [
    '',
    'mail.example.com',
    'http://mail.example.com',
    'smtp://',
    'smtp:mail.example.com',
    'smtp://ann@mail.example.com',
    'smtp://:secret@mail.example.com',
    'smtp://ann:%zz@mail.example.com',
    'smtp://mail.example.com:99999',
    'smtp://mail.example.com/path',
    'smtp://mail.example.com?logger=true',
    'smtp://mail.example.com?starttls=optional&x=1',
    'smtp://mail.example.com#part',
    'smtp://a b.example.com',
    'smtp://-x.example.com',
    'smtp://%0d%0a.example.com',
  ])
    test(`${JSON.stringify(url)} is none`, () => {
      expect(parseSmtpUrl(url)).toBeUndefined();
    });
});

describe('a sender', () => {
  test('is an address with or without a name', () => {
    const address = 'noreply@example.com';
    expect(parseMailbox(address)).toEqual({ name: undefined, address });
    expect(parseMailbox(`<${address}>`)).toEqual({ name: undefined, address });
    expect(parseMailbox(`Books & Co. <${address}>`)).toEqual({ name: 'Books & Co.', address });
    expect(parseMailbox(`"Books, Inc." <${address}>`)).toEqual({ name: 'Books, Inc.', address });
  });

  for (const text of [
    '',
    'noreply',
    'Books <noreply>',
    'Books noreply@example.com',
    'a@example.com, b@example.com',
    'Books <a@example.com> <b@example.com>',
    'Books\r\nBcc: all@example.com <a@example.com>',
    'Books <a@example.com>\n',
    '"Books <a@example.com>',
  ])
    test(`${JSON.stringify(text)} is none`, () => {
      expect(parseMailbox(text)).toBeUndefined();
    });
});
