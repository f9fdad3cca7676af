import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { SYSTEM } from '../../../src/core/actor.ts';
import { createAuthApp } from './auth-app.ts';
import {
  ANN,
  type MailApp,
  NEW,
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
const BOB = 'bob@example.com';

describe('the first address', () => {
  test('a registration sends a link that confirms it, once', async () => {
    expect(app.sent()).toEqual([`${ANN}: Confirm your e-mail address for Test`]);
    expect(await app.me(app.token)).toMatchObject({ email_verified: false });
    const token = app.lastToken(ANN);
    const answer = await app.confirmEmail(token, { authorization: 'Bearer stale' });
    expect([answer.status, answer.body, answer.cookie]).toEqual([204, undefined, null]);
    expect(await app.me(app.token)).toMatchObject({ email: ANN, email_verified: true });
    expect((await app.confirmEmail(token)).status).toBe(401);
  });

  test('a registration works without mail', async () => {
    const off = createAuthApp();
    expect((await off.register(ANN)).status).toBe(201);
    const token = await off.signIn(ANN);
    const answer = await off.call('POST', '/api/auth/verify-email/request', { token });
    expect(answer.status).toBe(503);
  });

  test('another link is asked for by who is signed in, and ends the first', async () => {
    const first = app.lastToken(ANN);
    app.passMinute();
    const answer = await app.requestVerification(app.token);
    expect([answer.status, answer.body]).toEqual([202, undefined]);
    await app.settle();
    const second = app.lastToken(ANN);
    expect((await app.confirmEmail(first)).status).toBe(401);
    expect((await app.confirmEmail(second)).status).toBe(204);
    expect((await app.call('POST', '/api/auth/verify-email/request')).status).toBe(401);
  });

  test('mail bombing: one link a minute, and none for an address that is confirmed', async () => {
    const ask = async () => {
      expect((await app.requestVerification(app.token)).status).toBe(202);
      return app.settle();
    };
    const before = await app.settle();
    expect(await ask()).toBe(before + 1);
    app.passMinute();
    expect(await ask()).toBe(before + 3);
    expect(await ask()).toBe(before + 4);
    await app.confirmEmail(app.lastToken(ANN));
    app.passMinute();
    expect(await ask()).toBe(before + 5);
  });

  test('a link counts for a day', async () => {
    const token = app.lastToken(ANN);
    app.clock.ms += 24 * 3_600_000 - 1;
    const late = (await app.register(BOB)).status;
    expect(late).toBe(201);
    app.clock.ms += 1;
    expect((await app.confirmEmail(token)).status).toBe(401);
  });

  test('of 50 at once with one link, one succeeds', async () => {
    const token = app.lastToken(ANN);
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.confirmEmail(token)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(49);
  });

  test('unknown, used, of a disabled account and of an address that changed: one answer, and nothing done', async () => {
    const answers = [await app.confirmEmail('x'), await app.confirmEmail("' OR 1=1 --")];
    await app.users.update(SYSTEM, app.id, { email: 'other@example.com' });
    answers.push(await app.confirmEmail(app.lastToken(ANN)));
    const bob = (await app.register(BOB)).body.id;
    await app.settle();
    app.disable(bob);
    answers.push(await app.confirmEmail(app.lastToken(BOB)));
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer).toEqual(answers[0] as (typeof answers)[0]);
    }
    expect(app.db.query('SELECT id FROM user WHERE email_verified = 1').all()).toEqual([]);
  });

  test('a session token, a set-up token and a link for a new password confirm nothing', async () => {
    app.passMinute();
    await app.requestReset(ANN);
    await app.settle();
    const setup = await app.auth.createSetupToken();
    for (const token of [app.token, app.lastToken(ANN), setup])
      expect((await app.confirmEmail(token)).status).toBe(401);
    // None of them was used up by trying.
    expect((await app.confirmReset(app.lastToken(ANN))).status).toBe(204);
  });

  test('whoever reads the database learns no link', async () => {
    const rows = JSON.stringify(app.db.query('SELECT * FROM one_time_token').all());
    expect(rows).toContain('verify_email');
    expect(rows).not.toContain(app.lastToken(ANN));
  });

  test('guesses are counted', async () => {
    app = await openMailApp(smtp, { attemptsPerMinute: 2 });
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push((await app.confirmEmail('x')).status);
    expect(statuses.indexOf(429)).toBe(10);
  });
});

describe('another address', () => {
  test('counts once its link was followed, and the old one is told', async () => {
    const answer = await app.changeEmail(app.token, 'Ann.New@Example.com');
    expect([answer.status, answer.body]).toEqual([202, undefined]);
    await app.settle();
    const link = app.lastMail(NEW);
    expect(link.text).toContain(`The account ${ANN} at Test shall have the address ${NEW}`);
    expect(await app.me(app.token)).toMatchObject({ email: ANN });
    expect((await app.confirmEmail(app.lastToken(NEW))).status).toBe(204);
    // Caches included: the session goes on with the new address.
    expect(await app.me(app.token)).toMatchObject({ id: app.id, email: NEW, email_verified: true });
    expect(await app.auth.authenticate(bearer(app.token))).toMatchObject({ email: NEW });
    expect((await app.login(ANN)).status).toBe(401);
    expect((await app.login(NEW)).status).toBe(200);
    await app.settle();
    expect(app.sent().at(-2)).toBe(`${ANN}: The e-mail address of your Test account was changed`);
    expect(app.lastMail(ANN).raw).not.toContain(NEW);
  });

  test('takes the password: a stolen session does not take the account over', async () => {
    const { status, body } = await app.changeEmail(app.token, NEW, 'not it');
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([{ loc: ['body', 'password'] }]);
    const before = await app.settle();
    expect(app.sent().some((line) => line.startsWith(NEW))).toBe(false);
    expect(before).toBeGreaterThan(0);
    const body2 = { email: NEW, password: PASSWORD };
    expect((await app.call('POST', '/api/auth/change-email', { body: body2 })).status).toBe(401);
  });

  test('guesses of the password are counted with those at sign-in', async () => {
    app = await openMailApp(smtp, { attemptsPerMinute: 2 });
    const elsewhere = await app.changeEmail(app.token, NEW, 'not it');
    expect(elsewhere.status).toBe(422);
    expect((await app.login(ANN, 'not it')).status).toBe(401);
    expect((await app.changeEmail(app.token)).status).toBe(429);
  });

  test('user enumeration: a taken one is the same answer, and its owner gets no mail', async () => {
    await app.register(BOB);
    app.passMinute();
    const before = await app.settle();
    const answer = await app.changeEmail(app.token, BOB);
    expect(answer).toEqual(await app.changeEmail(app.token, NEW));
    expect(answer.status).toBe(202);
    expect(await app.settle()).toBe(before + 2);
    expect(app.sent().filter((line) => line.startsWith(BOB))).toHaveLength(1);
  });

  test('enumeration by time: the answer comes before it is looked whether there is such an account', async () => {
    await app.register(BOB);
    await app.settle();
    const seen: string[] = [];
    const { findAccount } = app.data.userStore;
    app.data.userStore.findAccount = (email) => {
      seen.push('looked');
      return findAccount(email);
    };
    for (const email of [BOB, NEW]) {
      expect((await app.changeEmail(app.token, email)).status).toBe(202);
      seen.push('answered');
      await app.settle();
    }
    expect(seen).toEqual(['answered', 'looked', 'answered', 'looked']);
  });

  test('one that was taken meanwhile is refused, and nothing changes', async () => {
    await app.changeEmail(app.token);
    await app.settle();
    const token = app.lastToken(NEW);
    await app.register(NEW);
    const answers = await Promise.all([app.confirmEmail(token), app.confirmEmail(token)]);
    expect(answers.map(({ status }) => status)).toEqual([409, 409]);
    expect(await app.me(app.token)).toMatchObject({ email: ANN, email_verified: false });
  });

  test('ends every other link, also those that went to the old address', async () => {
    const verify = app.lastToken(ANN);
    await app.requestReset(ANN);
    await app.settle();
    const reset = app.lastToken(ANN);
    await app.changeEmail(app.token);
    await app.settle();
    expect((await app.confirmEmail(app.lastToken(NEW))).status).toBe(204);
    expect((await app.confirmEmail(verify)).status).toBe(401);
    expect((await app.confirmReset(reset)).status).toBe(401);
    expect(app.db.query('SELECT * FROM one_time_token').all()).toEqual([]);
  });

  test('a link is over with a newer one, after an hour, and when the password changes', async () => {
    await app.changeEmail(app.token);
    await app.settle();
    const first = app.lastToken(NEW);
    await app.changeEmail(app.token, 'second@example.com');
    await app.settle();
    const second = app.lastToken('second@example.com');
    expect((await app.confirmEmail(first)).status).toBe(401);
    const body = { current_password: PASSWORD, password: 'battery staple' };
    await app.call('POST', '/api/auth/change-password', { token: app.token, body });
    expect((await app.confirmEmail(second)).status).toBe(401);
    app.passMinute();
    await app.changeEmail(app.token, NEW, 'battery staple');
    await app.settle();
    app.clock.ms += 3_600_000;
    expect((await app.confirmEmail(app.lastToken(NEW))).status).toBe(401);
  });

  test('of 50 at once with one link, one succeeds', async () => {
    await app.changeEmail(app.token);
    await app.settle();
    const token = app.lastToken(NEW);
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.confirmEmail(token)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(49);
  });

  test('of two accounts that want it, one gets it', async () => {
    await app.register(BOB);
    const bob = await app.signIn(BOB);
    await app.changeEmail(app.token);
    await app.settle();
    const forAnn = app.lastToken(NEW);
    app.passMinute();
    await app.changeEmail(bob);
    await app.settle();
    const forBob = app.lastToken(NEW);
    expect(forBob).not.toBe(forAnn);
    const answers = await Promise.all([app.confirmEmail(forAnn), app.confirmEmail(forBob)]);
    expect(answers.map(({ status }) => status)).toEqual([204, 409]);
  });

  test('mail bombing: one account causes three such mails a minute, and one to each address', async () => {
    const before = await app.settle();
    for (const name of ['a', 'a', 'b', 'c', 'd', 'e'])
      expect((await app.changeEmail(app.token, `${name}@example.com`)).status).toBe(202);
    expect(await app.settle()).toBe(before + 1 + 3);
  });

  test('nothing goes out for a session that ended before its turn came', async () => {
    const before = await app.settle();
    await app.changeEmail(app.token);
    await app.call('POST', '/api/auth/logout', { token: app.token });
    expect(await app.settle()).toBeLessThanOrEqual(before + 2);
    expect(
      app.db.query("SELECT 1 FROM one_time_token WHERE purpose = 'change_email'").all().length,
    ).toBe(app.sent().filter((line) => line.startsWith(NEW)).length);
  });

  for (const email of [ANN, 'ANN@example.com', 'ann', 'x@example.com\r\nBcc: all@example.com'])
    test(`${JSON.stringify(email)} is refused`, async () => {
      const { status, body } = await app.changeEmail(app.token, email);
      expect(status).toBe(422);
      expect(body.detail).toMatchObject([{ loc: ['body', 'email'] }]);
    });
});

function bearer(token: string): Request {
  return new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } });
}
