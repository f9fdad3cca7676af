// Runs alone: it measures.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { expectAtBest } from '../../support/at-best.ts';
import { createAuthApp } from './auth-app.ts';
import {
  ANN,
  type MailApp,
  NEXT,
  openMailApp,
  openSmtp,
  PASSWORD,
  type SmtpDouble,
} from './mail-app.ts';

let smtp: SmtpDouble;
beforeAll(async () => {
  smtp = await openSmtp();
});
afterAll(() => smtp[Symbol.asyncDispose]());

let app: MailApp;
beforeEach(async () => {
  app = await openMailApp(smtp);
});
const SUBJECT = `${ANN}: Set a new password for Test`;

test('a mail brings a link for a new password, and tells when it was used', async () => {
  const answer = await app.requestReset('ANN@Example.com');
  expect([answer.status, answer.body, answer.cookie]).toEqual([202, undefined, null]);
  await app.settle();
  expect(app.sent()[1]).toBe(SUBJECT);
  expect((await app.confirmReset(app.lastToken(ANN))).status).toBe(204);
  expect((await app.login(ANN, PASSWORD)).status).toBe(401);
  const token = await app.signIn(ANN, NEXT);
  // The link went to the mailbox: that it is theirs is shown with it.
  expect(await app.me(token)).toMatchObject({ email: ANN, email_verified: true });
  await app.settle();
  expect(app.sent().at(-2)).toBe(`${ANN}: The password of your Test account was changed`);
});

test('a link that an admin handed over confirms no address', async () => {
  await app.users.addAdmin('boss@example.com', PASSWORD);
  const token = await app.signIn('boss@example.com');
  const link = await app.call('POST', `/api/admin/users/${app.id}/reset-link`, { token });
  expect((await app.confirmReset(link.body.token)).status).toBe(204);
  expect(await app.me(await app.signIn(ANN, NEXT))).toMatchObject({ email_verified: false });
});

test('changing the password with the old one is told as well', async () => {
  const body = { current_password: PASSWORD, password: NEXT };
  expect(
    (await app.call('POST', '/api/auth/change-password', { token: app.token, body })).status,
  ).toBe(204);
  await app.settle();
  expect(app.sent()).toContain(`${ANN}: The password of your Test account was changed`);
});

describe('user enumeration', () => {
  test('the answer is the same for nobody, a disabled account and one that was just mailed', async () => {
    const off = (await app.register('off@example.com')).body.id;
    app.disable(off);
    await app.requestReset(ANN);
    const before = await app.settle();
    const answers = [];
    for (const email of ['nobody@example.com', 'off@example.com', ANN])
      answers.push(await app.requestReset(email));
    for (const answer of answers)
      expect(answer).toEqual({ status: 202, body: undefined, cookie: null });
    expect(await app.settle()).toBe(before + 1);
  });

  test('to an address that looks alike no mail goes: always to that of the account', async () => {
    app.db.run("UPDATE user SET email = 'ann@xn--bcher-kva.example' WHERE id = ?", [app.id]);
    for (const email of ['ann@bücher.example', 'Ann@BÜCHER.example', 'ann@xn--bcher-kva.example'])
      await app.requestReset(email);
    await app.settle();
    expect(app.sent().filter((mail) => mail.includes('Set a new password'))).toHaveLength(1);
    // The mail server of these tests shows domains in letters, however they come.
    const letters = 'ann@bücher.example';
    expect(app.lastMail(letters).headers.to).toBe('ann@xn--bcher-kva.example');
    expect((await app.confirmReset(app.lastToken(letters))).status).toBe(204);
  });

  test('the answer comes before it is looked whether there is an account', async () => {
    const seen: string[] = [];
    const { findAccount } = app.data.userStore;
    app.data.userStore.findAccount = (email) => {
      seen.push('looked');
      return findAccount(email);
    };
    for (const email of [ANN, 'nobody@example.com']) {
      await app.requestReset(email);
      seen.push('answered');
      await app.settle();
    }
    expect(seen).toEqual(['answered', 'looked', 'answered', 'looked']);
  });

  test('known and unknown addresses are answered in the same time', async () => {
    const quartiles = (values: readonly number[]) => {
      const sorted = values.toSorted((a, b) => a - b);
      return [0.25, 0.5, 0.75].map((part) => sorted[Math.floor(sorted.length * part)] ?? 0);
    };
    await expectAtBest(async () => {
      const times = { known: [] as number[], unknown: [] as number[] };
      for (let n = 0; n < 300; n++) {
        // Each of them due for a mail, each time.
        app.passMinute();
        const kinds =
          n % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
        for (const kind of kinds) {
          const started = performance.now();
          await app.requestReset(kind === 'known' ? ANN : 'nobody@example.com');
          times[kind].push(performance.now() - started);
        }
      }
      const [low = 0, known = 0, high = 0] = quartiles(times.known);
      const [otherLow = 0, unknown = 0, otherHigh = 0] = quartiles(times.unknown);
      // The median of one lies within the middle half of the other.
      const isAlike = known >= otherLow && known <= otherHigh && unknown >= low && unknown <= high;
      return isAlike
        ? []
        : [`known ${low} ${known} ${high}`, `unknown ${otherLow} ${unknown} ${otherHigh}`];
    });
  });

  test('without mail, every address gets the same refusal', async () => {
    const off = createAuthApp();
    await off.register(ANN);
    const ask = (email: string) =>
      off.call('POST', '/api/auth/password-reset/request', { body: { email } });
    const answer = await ask(ANN);
    expect(answer).toEqual(await ask('nobody@example.com'));
    expect(answer.status).toBe(503);
    expect(answer.body.detail).toContain('mail.smtp_url');
  });
});

describe('the link', () => {
  test('host header injection: it leads to the public address, whatever the request says', async () => {
    await app.requestReset(ANN, {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example',
      origin: 'https://evil.example',
      referer: 'https://evil.example/',
    });
    await app.settle();
    const { html, text, raw } = app.lastMail(ANN);
    const url = `https://api.example.com/admin/#/reset?token=${app.lastToken(ANN)}`;
    expect(text).toContain(url);
    expect(html).toContain(`href="${url}"`);
    expect(raw).not.toContain('evil');
  });

  test('a newer one ends the older one', async () => {
    await app.requestReset(ANN);
    await app.settle();
    const old = app.lastToken(ANN);
    app.passMinute();
    await app.requestReset(ANN);
    await app.settle();
    const token = app.lastToken(ANN);
    expect(token).not.toBe(old);
    expect((await app.confirmReset(old)).status).toBe(401);
    expect((await app.confirmReset(token)).status).toBe(204);
  });

  test('of 50 at once with one link, one succeeds', async () => {
    await app.requestReset(ANN);
    await app.settle();
    const token = app.lastToken(ANN);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => app.confirmReset(token, `password ${n}`)),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(49);
  });

  test('is good for nothing once the account is disabled or has another address', async () => {
    await app.requestReset(ANN);
    await app.settle();
    const token = app.lastToken(ANN);
    app.disable(app.id);
    expect((await app.confirmReset(token)).status).toBe(401);
    app.db.run('UPDATE user SET is_active = 1 WHERE id = ?', [app.id]);
    const { SYSTEM } = await import('../../../src/core/actor.ts');
    await app.users.update(SYSTEM, app.id, { email: 'other@example.com' });
    expect((await app.confirmReset(token)).status).toBe(401);
  });

  test('ends after an hour', async () => {
    await app.requestReset(ANN);
    await app.settle();
    app.clock.ms += 3_600_000;
    expect((await app.confirmReset(app.lastToken(ANN))).status).toBe(401);
  });
});

test('mail bombing: one mail a minute goes to an address, whatever its spelling', async () => {
  const before = await app.settle();
  for (const email of [ANN, 'ANN@EXAMPLE.COM', ANN]) await app.requestReset(email);
  expect(await app.settle()).toBe(before + 2);
  app.passMinute();
  await app.requestReset(ANN);
  expect(app.sent().filter((line) => line === SUBJECT).length).toBe(1);
  await app.settle();
  expect(app.sent().filter((line) => line === SUBJECT).length).toBe(2);
});

test('requests are counted for each address and account, known or not', async () => {
  app = await openMailApp(smtp, { attemptsPerMinute: 2 });
  for (const email of [ANN, 'nobody@example.com']) {
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++) statuses.push((await app.requestReset(email)).status);
    expect(statuses).toEqual([202, 202, 429]);
  }
});

for (const email of [
  '',
  'ann',
  'ann@example.com\r\nBcc: all@example.com',
  'a@b.c, d@e.f',
  '<a@b.c>',
])
  test(`header injection: ${JSON.stringify(email)} is no address`, async () => {
    const { status, body } = await app.requestReset(email);
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([{ loc: ['body', 'email'] }]);
  });
