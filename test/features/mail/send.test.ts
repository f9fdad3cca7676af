import { describe, expect, test } from 'bun:test';
import net from 'node:net';
import { openSmtp } from '../../support/smtp.ts';
import { until } from '../../support/until.ts';
import { openMail, TOKEN } from './mail-service.ts';

const TO = 'ann@example.com';

test('a mail comes as text and HTML, from the instance, and says that it was written by a program', async () => {
  await using smtp = await openSmtp();
  const { mail, post } = openMail({ smtpUrl: smtp.url });
  post();
  const { from, to, headers, subject, html, text } = await smtp.mailTo(TO);
  expect([from, to, subject]).toEqual([
    'noreply@example.com',
    [TO],
    'Set a new password for Books',
  ]);
  expect(headers.from).toBe('Books <noreply@example.com>');
  expect(headers.to).toBe(TO);
  expect(headers['auto-submitted']).toBe('auto-generated');
  expect(headers['content-type']).toStartWith('multipart/alternative');
  const url = `https://api.example.com/admin/#/reset?token=${TOKEN}`;
  expect(text).toContain(url);
  expect(html).toContain(`href="${url}"`);
  await mail.stop(1_000);
});

test('mail.from may name the sender; what the admin wrote counts at once', async () => {
  await using smtp = await openSmtp();
  let subject = 'One';
  const { mail, post } = openMail({
    smtpUrl: smtp.url,
    from: 'Bücher & Söhne <noreply@example.com>',
    templates: () => ({ password_reset: { subject } }),
  });
  post();
  expect((await smtp.mailTo(TO)).headers.from).toContain('=?UTF-8?');
  subject = 'Zwei – für {{email}}';
  post();
  expect((await smtp.mailTo(TO, 2)).subject).toBe(`Zwei – für ${TO}`);
  // One connection for both.
  expect(smtp.connections()).toBe(1);
  await mail.stop(1_000);
});

test('recipient injection: what reads like a list of addresses goes to nobody else', async () => {
  await using smtp = await openSmtp();
  const { mail, post } = openMail({ smtpUrl: smtp.url });
  // No account has such an address: see lib/email.ts.
  for (const to of ['x;victim@example.com', 'x,victim@example.com', 'x <victim@example.com>'])
    post(to);
  post();
  await smtp.mailTo(TO);
  for (const { to } of smtp.mails) {
    expect(to).toHaveLength(1);
    expect(to).not.toContain('victim@example.com');
  }
  await mail.stop(1_000);
});

test('header injection: line breaks in the name of the instance are none in the mail', async () => {
  await using smtp = await openSmtp();
  const { mail, post } = openMail({
    smtpUrl: smtp.url,
    instanceName: () => 'Books\r\nBcc: evil@example.com\r\n\r\n<b>',
  });
  post();
  const { headers, to, raw } = await smtp.mailTo(TO);
  expect(to).toEqual([TO]);
  expect(headers.bcc).toBeUndefined();
  expect(Object.keys(headers).sort()).toEqual([
    'auto-submitted',
    'content-type',
    'date',
    'from',
    'message-id',
    'mime-version',
    'subject',
    'to',
    'x-auto-response-suppress',
  ]);
  expect(raw).not.toMatch(/=0D|=0A/);
  await mail.stop(1_000);
});

test('the sender signs in when there is a password, with special characters in it', async () => {
  await using smtp = await openSmtp({ auth: { user: 'books', pass: 'p@ss:w/ö%rd' } });
  const { mail, post } = openMail({ smtpUrl: smtp.url });
  post();
  expect((await smtp.mailTo(TO)).user).toBe('books');
  await mail.stop(1_000);
});

describe('what goes wrong', () => {
  test('a mail server that has no time is asked again, a few times', async () => {
    let refusals = 2;
    await using smtp = await openSmtp({
      refuse: (stage) => (stage === 'data' && refusals-- > 0 ? [451, '4.3.0 later'] : undefined),
    });
    const { mail, post, lines } = openMail({ smtpUrl: smtp.url });
    post();
    await smtp.mailTo(TO);
    expect(lines.map((text) => text.split(' ')[0])).toEqual(['warning', 'warning']);
    expect(lines[0]).toContain('451 4.3.0 later');
    await mail.stop(1_000);
  });

  test('a server that is down is asked again, and given up in the end', async () => {
    const { mail, post, lines, line } = openMail({ smtpUrl: 'smtp://127.0.0.1:9' });
    post();
    expect(await line(/^error/)).toContain('ECONNREFUSED');
    expect(lines.filter((text) => text.startsWith('warning'))).toHaveLength(2);
    await mail.stop(1_000);
  });

  test('what is refused for good is not tried again, and the next mail goes its way', async () => {
    let asked = 0;
    await using smtp = await openSmtp({
      refuse(stage, address) {
        if (stage !== 'rcpt' || address === TO) return undefined;
        asked++;
        return [550, '5.1.1 no such mailbox'];
      },
    });
    const { mail, post, lines, line } = openMail({ smtpUrl: smtp.url });
    post('gone@example.com');
    post();
    await smtp.mailTo(TO);
    expect(await line(/^error/)).toContain('550 5.1.1 no such mailbox');
    expect([asked, lines.length]).toEqual([1, 1]);
    await mail.stop(1_000);
  });

  test('secrets in logs: neither token nor password, even when the mail server quotes them', async () => {
    const pass = 'the secret of the mail server';
    await using smtp = await openSmtp({
      auth: { user: 'books', pass },
      refuse: (stage) =>
        stage === 'data'
          ? [554, `5.7.1 spam: https://api.example.com/admin/#/reset?token=${TOKEN} ${pass}`]
          : undefined,
    });
    const { mail, post, line, lines } = openMail({ smtpUrl: smtp.url });
    post();
    expect(await line(/^error/)).toContain('554 5.7.1 spam: [hidden] [hidden]');
    const wrong = openMail({ smtpUrl: smtp.url.replace('the%20secret', 'another') });
    wrong.post();
    expect(await wrong.line(/^error/)).toContain('refused the user name or password');
    for (const text of [...lines, ...wrong.lines]) {
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain('secret of');
      expect(text).not.toContain(Buffer.from(pass).toString('base64'));
    }
    // Not tried again: a mail server locks out who guesses.
    expect(wrong.lines).toHaveLength(1);
    await mail.stop(1_000);
    await wrong.mail.stop(1_000);
  });

  test('machine in the middle: a certificate that nobody vouches for is refused', async () => {
    await using smtp = await openSmtp({ hasStartTls: true });
    const { mail, post, line } = openMail({ smtpUrl: smtp.url });
    post();
    expect(await line(/^error/)).toContain('The certificate of the mail server is not trusted');
    expect(smtp.mails).toEqual([]);
    await mail.stop(1_000);
  });

  test('STARTTLS stripping: no password goes over a connection that is not encrypted', async () => {
    await using smtp = await openSmtp({ auth: { user: 'books', pass: 'secret' } });
    const { mail, post, line } = openMail({ smtpUrl: smtp.url.replace('?starttls=optional', '') });
    post();
    expect(await line(/^error/)).toContain('No safe connection to the mail server');
    expect(smtp.mails).toEqual([]);
    await mail.stop(1_000);
  });

  test('a mail server that says nothing is given up after a while', async () => {
    await using silent = await openSilent();
    const { mail, post, line } = openMail({ smtpUrl: silent.url, timeoutMs: 50 });
    post();
    expect(await line(/^warning/)).toContain('did not answer in time');
    await mail.stop(1_000);
  });

  test('a mail server that says nothing does not hold the stop up', async () => {
    await using silent = await openSilent();
    const { mail, post, lines } = openMail({ smtpUrl: silent.url, timeoutMs: 600_000 });
    post();
    post();
    await silent.connected();
    await mail.stop(10);
    expect(lines.join('\n')).toContain('not sent because the server stops');
  });
});

test('what was posted before a stop is sent, what was to be tried again is told as lost', async () => {
  await using smtp = await openSmtp({
    refuse: (stage, address) =>
      stage === 'rcpt' && address.startsWith('busy') ? [450, 'later'] : undefined,
  });
  const { mail, post, lines } = openMail({
    smtpUrl: smtp.url,
    pauseMs: () => 1_000,
    retryDelaysMs: [600_000],
  });
  for (let n = 0; n < 20; n++) post(`user${n}@example.com`);
  await mail.stop(120_000);
  expect(smtp.mails).toHaveLength(20);
  post();
  expect(lines).toEqual([]);
  const again = openMail({ smtpUrl: smtp.url, retryDelaysMs: [600_000] });
  again.post('busy@example.com');
  await again.line(/^warning/);
  await again.mail.stop(1_000);
  expect(await again.line(/^error/)).toContain('1 mails were not sent because the server stops');
  expect(lines).toEqual([]);
});

test('a flood of mails has a bound, and is told once', async () => {
  await using silent = await openSilent();
  const { mail, post, lines } = openMail({ smtpUrl: silent.url, timeoutMs: 600_000 });
  for (let n = 0; n < 1_500; n++) post(`user${n}@example.com`);
  await silent.connected();
  await until(() => lines.length > 0);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('Too many mails are waiting');
  await mail.stop(10);
});

test('a failure to find out what to write is logged, and the next mail is written', async () => {
  await using smtp = await openSmtp();
  const { mail, post, line } = openMail({ smtpUrl: smtp.url });
  mail.post(async () => {
    throw new Error('the disk is full');
  });
  post();
  await smtp.mailTo(TO);
  expect(await line(/^error/)).toContain('A mail could not be written');
  await mail.stop(1_000);
});

describe('without a mail server', () => {
  test('mails are written to the log in debug mode, with the link', async () => {
    const { mail, post, line } = openMail({ isDebug: true, publicUrl: undefined });
    mail.listensAt('http://0.0.0.0:8123');
    post();
    const text = await line(/^info/);
    expect(text).toContain(TO);
    expect(text).toContain(`http://localhost:8123/admin/#/reset?token=${TOKEN}`);
    await mail.stop(1_000);
  });

  test('nothing is written and nothing looked up else', async () => {
    const { mail, lines } = openMail();
    let looked = 0;
    mail.post(async () => {
      looked++;
      return undefined;
    });
    await mail.stop(1_000);
    expect([looked, lines.length]).toEqual([0, 0]);
    expect(() => mail.requireOn()).toThrow('mail.smtp_url');
  });
});

/** Takes connections and never says a word. */
async function openSilent() {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    url: `smtp://127.0.0.1:${port}`,
    async connected() {
      await until(() => sockets.length > 0);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
