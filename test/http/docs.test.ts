import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { Elysia } from 'elysia';
import { type Browser, chromium } from 'playwright-core';
import { createDocs, DOCS_CSP } from '../../src/http/docs.ts';
import { createOpenApi } from '../../src/http/openapi.ts';
import { authenticate, createHttpApp, exampleRoutes } from './http-app.ts';

const CHROMIUM = '/usr/bin/chromium';

async function createDocumented() {
  const openapi = createOpenApi({
    title: () => 'TinyBase',
    version: '1',
    app: () => app.app,
    authenticate,
    dynamic: ({ kind }) => ({
      schemas: {},
      paths:
        kind === 'anonymous'
          ? {}
          : {
              '/api/functions/only_for_users': {
                post: {
                  operationId: 'x',
                  tags: ['posts'],
                  responses: { 200: { description: 'Done' } },
                },
              },
            },
    }),
    dynamicVersion: () => 1,
  });
  const app = await createHttpApp({
    routes: (guard) =>
      new Elysia().use(exampleRoutes(guard)).use(openapi.routes()).use(createDocs()),
  });
  return app;
}

describe('the documentation page', () => {
  test('is made of files of this server, and no script stands in the page', async () => {
    const { call } = await createDocumented();
    const { text, headers } = await call('GET', '/docs');
    expect(headers.get('content-security-policy')).toBe(DOCS_CSP);
    expect(DOCS_CSP).toContain("script-src 'self';");
    expect(text).not.toMatch(/<script>|https?:\/\//);
    for (const [, path] of text.matchAll(/(?:src|href)="([^"]+)"/g))
      expect((await call('GET', path ?? '')).status, path).toBe(200);
  });

  test('its files are compressed and kept by their ETag', async () => {
    const { server } = await createDocumented();
    const url = 'http://localhost/docs/swagger-ui-bundle.js';
    const answer = await server.fetch(new Request(url, { headers: { 'accept-encoding': 'gzip' } }));
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect((await answer.bytes()).length).toBeLessThan(600_000);
    const headers = {
      'accept-encoding': 'gzip',
      'if-none-match': answer.headers.get('etag') ?? '',
    };
    expect((await server.fetch(new Request(url, { headers }))).status).toBe(304);
  });
});

describe.skipIf(!existsSync(CHROMIUM))('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
  }, 600_000);
  afterAll(() => browser?.close());

  test('it works without another host and without breaking its policy, and Authorize takes a token', async () => {
    const { server } = await createDocumented();
    const { url } = await server.listen();
    const page = await browser.newPage();
    const complaints: string[] = [];
    const strangers: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
        strangers.push(request.url());
    });
    await page.goto(`${url}/docs`);
    await page.getByText('/api/posts/{id}').first().waitFor({ timeout: 15_000 });
    expect(await page.getByText('only_for_users').count()).toBe(0);

    await page.locator('button.authorize').click();
    await page.locator('.auth-container input').first().fill('ann');
    await page.locator('.auth-container button.authorize').first().click();
    await page.getByText('only_for_users').first().waitFor({ timeout: 15_000 });
    await page.locator('button.btn-done').first().click();

    await page.getByText('/api/posts/{id}').first().click();
    await page.locator('.parameters input').first().fill('7');
    await page.locator('button.execute').first().click();
    await page.getByText('"id": "7"').first().waitFor({ timeout: 15_000 });

    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
    await page.close();
    await server.stop();
  }, 600_000);
});
