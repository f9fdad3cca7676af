import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { ADMIN_CSP, createAdminAssets } from '../../src/http/admin-assets.ts';
import { createHttpApp } from './http-app.ts';

const SCRIPT = 'console.log("admin");'.repeat(50);
const PAGE = '<!doctype html><title>admin</title>';
const HASHED = '/admin/assets/index-Ab3_x-9Z.js';
let root: string;
let folder: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'admin-assets-'));
  folder = join(root, 'admin');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(root, 'secret.txt'), 'SECRET');
  writeFileSync(join(folder, 'index.html'), PAGE);
  writeFileSync(join(folder, 'icon.svg'), '<svg/>');
  writeFileSync(join(folder, '.env'), 'SECRET');
  const script = join(folder, 'assets', 'index-Ab3_x-9Z.js');
  // As the build leaves them: what compresses is there in both codings only.
  writeFileSync(`${script}.br`, brotliCompressSync(SCRIPT));
  writeFileSync(`${script}.gz`, gzipSync(SCRIPT));
  symlinkSync(join(root, 'secret.txt'), join(folder, 'assets', 'link.txt'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const builtIn = () => createHttpApp({ routes: () => createAdminAssets('builtin', folder) });
const own = () => createHttpApp({ routes: () => createAdminAssets(folder) });

const TRAVERSALS = [
  '/admin/../secret.txt',
  '/admin/..%2fsecret.txt',
  '/admin/%2e%2e/secret.txt',
  '/admin/%2e%2e%2fsecret.txt',
  '/admin/%252e%252e%252fsecret.txt',
  '/admin/assets/..%2f..%2f..%2fsecret.txt',
  '/admin/..%5csecret.txt',
  '/admin//etc/passwd',
  '/admin/%2fetc%2fpasswd',
  '/admin/%00',
  '/admin/%ff.txt',
  '/admin/%zz.txt',
];

describe('the built-in admin app', () => {
  test('the folder without slash leads to the one with', async () => {
    const { call } = await builtIn();
    const { status, headers } = await call('GET', '/admin');
    expect([status, headers.get('location')]).toEqual([308, '/admin/']);
  });

  test('the page is asked for again each time, with a strict policy', async () => {
    const { call } = await builtIn();
    const { status, text, headers } = await call('GET', '/admin/');
    expect([status, text]).toEqual([200, PAGE]);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('content-security-policy')).toBe(ADMIN_CSP);
    expect(ADMIN_CSP).not.toContain('unsafe');
  });

  test('a hashed file is kept for ever', async () => {
    const { call } = await builtIn();
    const { text, headers } = await call('GET', HASHED);
    expect(text).toBe(SCRIPT);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect((await call('GET', '/admin/icon.svg')).headers.get('cache-control')).toBe('no-cache');
  });

  test.each([
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['gzip;q=0', null],
    ['identity', null],
  ])('Accept-Encoding %s gets %p, each with its own ETag', async (accepted, coding) => {
    const { server } = await builtIn();
    const get = (more = {}) =>
      server.fetch(
        new Request(`http://localhost${HASHED}`, {
          headers: { 'accept-encoding': accepted, ...more },
        }),
      );
    const { headers } = await get();
    expect(headers.get('content-encoding')).toBe(coding);
    expect(headers.get('vary')).toBe('Accept-Encoding');
    const etag = headers.get('etag') ?? '';
    expect(etag).toEndWith(coding === null ? '"' : `-${coding}"`);
    const again = await get({ 'if-none-match': `"x", W/${etag}` });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await get({ 'if-none-match': '"x"' })).status).toBe(200);
  });

  test('a page of the app is the app; a missing file is not', async () => {
    const { call } = await builtIn();
    expect((await call('GET', '/admin/collections/posts')).text).toBe(PAGE);
    for (const path of ['/admin/missing.js', '/admin/assets/gone-12345678.css'])
      expect((await call('GET', path)).status, path).toBe(404);
  });

  test.each(TRAVERSALS)('%s leaves nothing out of the folder (path traversal)', async (path) => {
    const { call } = await builtIn();
    const { text } = await call('GET', path);
    expect(text).not.toContain('SECRET');
    expect(text).not.toContain('root:');
  });

  test('the compressed twins are no files of their own', async () => {
    const { call } = await builtIn();
    expect((await call('GET', `${HASHED}.br`)).status).toBe(404);
  });

  test('HEAD has the length, other methods are 405', async () => {
    const { call } = await builtIn();
    const { status, headers, text } = await call('HEAD', HASHED);
    expect([status, text, headers.get('content-length')]).toEqual([200, '', String(SCRIPT.length)]);
    const post = await call('POST', '/admin/');
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  test('without a build it says how to make one', async () => {
    const { call } = await createHttpApp({
      routes: () => createAdminAssets('builtin', join(root, 'nowhere')),
    });
    const { status, text } = await call('GET', '/admin/');
    expect(status).toBe(404);
    expect(text).toContain('npm run build');
  });
});

describe('a folder instead of it', () => {
  test('is served with the same policy', async () => {
    const { call } = await own();
    const { status, text, headers } = await call('GET', '/admin/');
    expect([status, text]).toEqual([200, PAGE]);
    expect(headers.get('content-security-policy')).toBe(ADMIN_CSP);
    expect((await call('GET', '/admin/icon.svg')).text).toBe('<svg/>');
    expect((await call('GET', '/admin/missing.js')).body.code).toBe('not_found');
  });

  test.each([...TRAVERSALS, '/admin/.env'])(
    '%s leaves nothing out of it (path traversal)',
    async (path) => {
      const { call } = await own();
      const { text } = await call('GET', path);
      expect(text).not.toContain('SECRET');
      expect(text).not.toContain('root:');
    },
  );
});
