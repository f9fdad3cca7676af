import '../support/dom.ts';
import { beforeEach, expect, test } from 'bun:test';
import { answerWith, json, refusal } from './network.ts';

const { createPinia, setActivePinia } = await import('pinia');
const { api } = await import('../../admin/src/api/client.ts');
const { NotAdminError, useSession } = await import('../../admin/src/stores/session.ts');

const ADMIN = { id: 'a', email: 'ann@example.com', is_admin: true };
const READER = { id: 'r', email: 'leo@example.com', is_admin: false };

beforeEach(() => setActivePinia(createPinia()));

async function signedIn() {
  answerWith(() => json(ADMIN));
  const session = useSession();
  await session.load();
  return session;
}

test('the cookie of an admin opens the app', async () => {
  const session = await signedIn();
  expect([session.status, session.isIn, session.me?.email]).toEqual(['in', true, ADMIN.email]);
});

test('the cookie of somebody else is refused by name', async () => {
  answerWith(() => json(READER));
  const session = useSession();
  await session.load();
  expect([session.isIn, session.refused, session.me]).toEqual([false, READER.email, undefined]);
});

test('nobody is signed in where the server says so, and unknown where it says nothing', async () => {
  const session = useSession();
  answerWith(() => refusal(401, 'unauthorized'));
  await session.load();
  expect(session.status).toBe('out');
  answerWith(() => 'no answer');
  await session.load();
  expect(session.status).toBe('unreachable');
  answerWith(() => refusal(503, 'unavailable'));
  await session.load();
  expect(session.status).toBe('unreachable');
});

test('signing in to an account that is no admin leaves no session behind', async () => {
  const asked = answerWith(() => json({ user: READER }));
  const session = useSession();
  const failure = await session.signIn(READER.email, 'secret').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NotAdminError);
  expect(asked.map(({ path }) => path)).toEqual(['/api/auth/login', '/api/auth/logout']);
  expect(session.isIn).toBe(false);
});

test('a session that ends in the middle of work keeps the page, until somebody signs in', async () => {
  const session = await signedIn();
  answerWith(() => refusal(401, 'unauthorized'));
  await api.get('/api/collections').catch(() => undefined);
  expect([session.status, session.isIn, session.me?.email]).toEqual(['ended', true, ADMIN.email]);
  answerWith(({ path }) => json(path.endsWith('/login') ? { user: ADMIN } : ADMIN));
  await session.signIn(ADMIN.email, 'secret');
  expect(session.status).toBe('in');
});

test('a wrong password while signed in ends nothing', async () => {
  const session = await signedIn();
  answerWith(() => refusal(401, 'unauthorized'));
  await session.signIn(ADMIN.email, 'wrong').catch(() => undefined);
  expect(session.status).toBe('in');
});

test('signing out without an answer says so and stays; an ended session is out already', async () => {
  const session = await signedIn();
  answerWith(() => 'no answer');
  expect(await session.signOut().catch((error: unknown) => String(error))).toContain('not answer');
  expect(session.status).toBe('in');
  answerWith(() => refusal(401, 'unauthorized'));
  await session.signOut();
  expect([session.status, session.me]).toEqual(['out', undefined]);
});

test('a refusal of what was asked before somebody signed in does not end the new session', async () => {
  const session = await signedIn();
  const late = Promise.withResolvers<Response>();
  answerWith(({ path }) => {
    if (path === '/api/collections') return late.promise;
    if (path === '/api/x') return refusal(401, 'unauthorized');
    return json(path.endsWith('/login') ? { user: ADMIN } : ADMIN);
  });
  const asked = api.get('/api/collections').catch(() => undefined);
  await api.get('/api/x').catch(() => undefined);
  expect(session.status).toBe('ended');
  await session.signIn(ADMIN.email, 'secret');
  late.resolve(refusal(401, 'unauthorized'));
  await asked;
  expect(session.status).toBe('in');
  await api.get('/api/x').catch(() => undefined);
  expect(session.status).toBe('ended');
});
