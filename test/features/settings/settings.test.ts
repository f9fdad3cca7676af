import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { SYSTEM } from '../../../src/core/actor.ts';
import { createSettingsApp, PATH } from './settings-app.ts';

const VERIFY = { text: 'Come here: {{url}}' };

describe('settings', () => {
  test('are the defaults until somebody sets them', async () => {
    const { read } = await createSettingsApp();
    const { status, body } = await read();
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual([
      'instance_name',
      'registration',
      'mail_templates',
      'locked',
      'config',
    ]);
    expect(body).toMatchObject({
      instance_name: 'TinyBase',
      registration: 'open',
      mail_templates: {},
      locked: [],
    });
  });

  test('each change counts at once, the rest stays; null brings a default back', async () => {
    const { patch, read, service } = await createSettingsApp();
    const { status, body } = await patch({ instance_name: 'Harbour', registration: 'closed' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ instance_name: 'Harbour', registration: 'closed' });
    expect(service.isRegistrationOpen()).toBe(false);
    expect(service.instanceName()).toBe('Harbour');
    expect((await patch({ registration: null })).body.registration).toBe('open');
    expect((await patch({ instance_name: null })).body).toEqual((await read()).body);
    expect(service.isRegistrationOpen()).toBe(true);
    expect(service.instanceName()).toBe('TinyBase');
    expect((await patch({})).status).toBe(200);
  });

  test('two changes at the same time both count', async () => {
    const { patch, read } = await createSettingsApp();
    const changes = [
      { instance_name: 'One' },
      { registration: 'closed' },
      { mail_templates: { verify_email: VERIFY } },
      { mail_templates: { password_changed: { subject: 'Hello {{email}}' } } },
    ];
    const answers = await Promise.all(changes.map((change) => patch(change)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await read()).body).toMatchObject({
      instance_name: 'One',
      registration: 'closed',
      mail_templates: {
        verify_email: VERIFY,
        password_changed: { subject: 'Hello {{email}}' },
      },
    });
  });

  test('a mail is replaced as a whole, and goes back to what comes with the server', async () => {
    const { patch, service } = await createSettingsApp();
    await patch({ mail_templates: { verify_email: { ...VERIFY, subject: 'Hi' } } });
    await patch({ mail_templates: { verify_email: VERIFY, password_changed: { subject: 'Yo' } } });
    expect(service.mailTemplates()).toEqual({
      verify_email: VERIFY,
      password_changed: { subject: 'Yo' },
    });
    const { body } = await patch({ mail_templates: { verify_email: null } });
    expect(body.mail_templates).toEqual({ password_changed: { subject: 'Yo' } });
    expect((await patch({ mail_templates: { password_changed: {} } })).body.mail_templates).toEqual(
      {},
    );
    await patch({ mail_templates: { verify_email: VERIFY } });
    expect((await patch({ mail_templates: null })).body.mail_templates).toEqual({});
  });

  test('what is wrong is said all at once, and nothing of it is applied', async () => {
    const { patch, read, notes } = await createSettingsApp();
    const before = (await read()).body;
    const { status, body } = await patch({
      instance_name: 'a\u0000b',
      registration: 'closed',
      mail_templates: { verify_email: { text: 'no link', subject: 'a\r\nBcc: all@example.com' } },
    });
    expect(status).toBe(422);
    expect(body.detail.map(({ loc }: { loc: string[] }) => loc.join('.'))).toEqual([
      'body.instance_name',
      'body.mail_templates.verify_email.subject',
      'body.mail_templates.verify_email.text',
    ]);
    expect((await read()).body).toEqual(before);
    expect(notes).toEqual([]);
  });

  for (const [wrong, msg] of [
    [{ instance_nam: 'x' }, 'did you mean instance_name?'],
    [{ registrations: 'open' }, 'did you mean registration?'],
    [{ config: {} }, 'is not a known key'],
    [{ locked: [] }, 'is not a known key'],
    [{ 'server.port': 1 }, 'is not a known key'],
    [{ mail_templates: { verify_mail: VERIFY } }, 'did you mean verify_email?'],
    [{ registration: 'close' }, 'did you mean closed?'],
    [{ instance_name: 5 }, 'must be a string'],
  ] as const)
    test(`${JSON.stringify(wrong)} is refused: ${msg}`, async () => {
      const { status, body } = await (await createSettingsApp()).patch(wrong);
      expect(status).toBe(422);
      expect(body.detail[0].msg).toContain(msg);
    });

  test('a name is 1 to 100 characters that can be shown in one line', async () => {
    const { patch } = await createSettingsApp();
    const statusOf = async (name: string) => (await patch({ instance_name: name })).status;
    for (const name of ['x', '\u{1f6a2}'.repeat(100), 'נמל', '港の店'])
      expect(await statusOf(name), name).toBe(200);
    for (const name of ['', '  ', '\u{1f6a2}'.repeat(101), 'a\nb', 'a\tb', 'a\u2028b', 'a\u202eb'])
      expect(await statusOf(name), JSON.stringify(name)).toBe(422);
  });

  test('every name that is taken is shown as it was sent', async () => {
    const { patch, service } = await createSettingsApp();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 110 }), async (name) => {
        const { status, body } = await patch({ instance_name: name });
        if (status === 200) expect(body.instance_name).toBe(name);
        else expect(status).toBe(422);
        expect(service.instanceName()).not.toBe('');
      }),
      { numRuns: 60 },
    );
  });

  test('each change is noted with its keys and values, of a mail its name only; no change is not', async () => {
    const { patch, notes } = await createSettingsApp();
    await patch({ instance_name: 'Harbour', mail_templates: { verify_email: VERIFY } });
    await patch({ instance_name: 'Harbour', registration: 'closed' });
    await patch({ instance_name: 'Harbour' });
    await patch({ instance_name: null });
    expect(notes.map(({ details }) => details)).toEqual([
      {
        changed: ['instance_name', 'mail_templates.verify_email'],
        was: { instance_name: null },
        now: { instance_name: 'Harbour' },
      },
      { changed: ['registration'], was: { registration: null }, now: { registration: 'closed' } },
      {
        changed: ['instance_name'],
        was: { instance_name: 'Harbour' },
        now: { instance_name: null },
      },
    ]);
    expect(notes[0]).toMatchObject({ action: 'settings.update', subject_id: null });
  });

  test('anonymous callers and users who are no admins get nothing', async () => {
    const { call, patch, service } = await createSettingsApp();
    expect((await call('GET', PATH)).status).toBe(401);
    expect((await call('GET', PATH, { as: 'ann' })).status).toBe(403);
    expect((await patch({ registration: 'closed' }, 'ann')).status).toBe(403);
    expect((await call('PATCH', PATH, { body: { registration: 'closed' } })).status).toBe(401);
    expect(service.isRegistrationOpen()).toBe(true);
  });

  test('an API token without the scope admin gets nothing from the service either', async () => {
    const { service } = await createSettingsApp();
    const actor = {
      kind: 'admin',
      id: 'a',
      email: 'a@example.com',
      tokenId: 't',
      scopes: ['records:read', 'records:write', 'functions:deploy'],
    } as const;
    expect(() => service.read(actor)).toThrow('Only an admin');
    expect(service.update(actor, { registration: 'closed' })).rejects.toThrow('Only an admin');
    expect(service.read({ ...actor, scopes: ['admin'] }).registration).toBe('open');
    expect(service.read(SYSTEM).registration).toBe('open');
  });
});

describe('what somebody wrote into the database by hand', () => {
  test('nobody is let in by a typing error in the registration', async () => {
    const { db, service } = await createSettingsApp();
    db.run(`INSERT INTO setting (key, value, updated_at) VALUES ('registration', '"Closed "', '')`);
    expect(service.isRegistrationOpen()).toBe(false);
  });

  test('a name and a mail that do not fit are as if they were not there', async () => {
    const { db, service } = await createSettingsApp();
    db.run(`INSERT INTO setting (key, value, updated_at) VALUES
      ('instance_name', '"a\\nBcc: x"', ''), ('mail_templates.verify_email', '{"text":7}', ''),
      ('of_a_later_version', '{}', '')`);
    expect(service.instanceName()).toBe('TinyBase');
    expect(service.mailTemplates()).toEqual({});
    expect(Object.keys(service.read(SYSTEM))).toHaveLength(5);
  });
});
