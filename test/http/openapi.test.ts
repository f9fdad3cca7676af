// biome-ignore-all lint/suspicious/noExplicitAny: a JSON document is walked here, not typed
import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import openapiTS, { astToString } from 'openapi-typescript';
import type { Actor } from '../../src/core/actor.ts';
import { ANONYMOUS } from '../../src/core/actor.ts';
import type { OpenApiPart } from '../../src/core/open-api-part.ts';
import { createOpenApi } from '../../src/http/openapi.ts';
import { ADMIN, authenticate, createHttpApp, exampleRoutes, Post } from './http-app.ts';

const Page = Type.Object(
  { items: Type.Array(Post), total: Type.Integer(), next: Type.Union([Post, Type.Null()]) },
  { $id: 'PostPage', additionalProperties: false },
);

const POSTS_PATH = '/api/collections/articles/records';
const describeFor = (actor: Actor): OpenApiPart =>
  actor.kind === 'anonymous'
    ? { schemas: {}, paths: {} }
    : {
        schemas: {
          Articles: {
            type: 'object',
            properties: { anyOf: { type: 'string' }, n: { type: 'integer' } },
          },
        },
        paths: {
          [POSTS_PATH]: {
            get: {
              operationId: 'listArticles',
              tags: ['articles'],
              responses: {
                200: {
                  description: 'A page',
                  content: {
                    'application/json': { schema: { $ref: '#/components/schemas/Articles' } },
                  },
                },
              },
            },
          },
        },
      };

async function createDocumented() {
  const state = { version: 1, asked: 0 };
  const openapi = createOpenApi({
    title: () => 'TinyBase',
    version: '1.2.3',
    app: () => app.app,
    authenticate,
    dynamic: (actor) => {
      state.asked++;
      return describeFor(actor);
    },
    dynamicVersion: () => state.version,
  });
  const app = await createHttpApp({
    routes: (guard) =>
      new Elysia()
        .use(exampleRoutes(guard))
        .use(
          new Elysia({ prefix: '/api/admin/things', tags: ['things'] })
            .use(guard)
            .get('/', () => [], {
              access: 'admin',
              query: t.Object({
                limit: t.Optional(t.Integer({ minimum: 1, maximum: 10, description: 'How many' })),
                force: t.Optional(t.Boolean()),
                range: t.Optional(t.UnionEnum(['1h', '24h'])),
              }),
              detail: { operationId: 'listThings', 'x-response': { 200: Page } } as object,
            })
            .patch('/:id/parts/:part', () => ({}), {
              access: 'auth',
              body: Type.Object({ size: t.Integer({ minimum: 1 }), post: Post }),
              detail: {
                operationId: 'changePart',
                'x-response': { 200: Post, 204: null },
              } as object,
            }),
        )
        .use(openapi.routes()),
  });
  const read = async (as?: string) =>
    (await app.call('GET', '/openapi.json', as === undefined ? {} : { as })).body;
  return { ...app, openapi, state, read };
}

/** Every reference of a document, and whether it leads somewhere. */
function findBrokenRefs(document: any): string[] {
  const broken: string[] = [];
  JSON.stringify(document, (key, value) => {
    if (key === '$ref') {
      const target = value
        .slice(2)
        .split('/')
        .reduce((at: any, part: string) => at?.[part], document);
      if (target === undefined || Object.keys(target).length === 0) broken.push(value);
    }
    return value;
  });
  return broken;
}

describe('the OpenAPI document', () => {
  test('is 3.1 and sound: references, parameters, operation ids, responses', async () => {
    const document = await (await createDocumented()).read('admin');
    expect(document.openapi).toBe('3.1.0');
    expect(document.info.version).toBe('1.2.3');
    expect(findBrokenRefs(document)).toEqual([]);
    const ids = new Set<string>();
    for (const [path, item] of Object.entries<any>(document.paths))
      for (const [method, operation] of Object.entries<any>(item)) {
        const where = `${method} ${path}`;
        expect(operation.operationId, where).toBeString();
        expect(ids.has(operation.operationId), where).toBe(false);
        ids.add(operation.operationId);
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const inPath = (operation.parameters ?? []).filter((one: any) => one.in === 'path');
        expect(
          inPath.map((one: any) => one.name),
          where,
        ).toEqual(named);
        for (const one of operation.parameters ?? []) expect(one.schema, where).toBeObject();
        expect(Object.keys(operation.responses).length, where).toBeGreaterThan(1);
        for (const response of Object.values<any>(operation.responses))
          expect('$ref' in response || typeof response.description === 'string', where).toBe(true);
        for (const tag of operation.tags ?? [])
          expect(document.tags, where).toContainEqual({ name: tag });
      }
    expect(JSON.stringify(document)).not.toContain('$id');
    expect(JSON.stringify(document)).not.toContain('"x-body"');
    expect(JSON.stringify(document)).not.toContain('multipart/form-data');
  });

  test('openapi-typescript makes types of it', async () => {
    const { openapi } = await createDocumented();
    const types = astToString(await openapiTS(await openapi.render(ADMIN)));
    expect(types).toContain('PostPage: {');
    expect(types).toContain('listArticles');
    expect(types).toContain('sort_order?: "asc" | "desc"');
  });

  test('a schema with a name stands once and is referred to', async () => {
    const document = await (await createDocumented()).read('admin');
    const ref = { $ref: '#/components/schemas/Post' };
    const { get, patch } = {
      get: document.paths['/api/admin/things/'].get,
      patch: document.paths['/api/admin/things/{id}/parts/{part}'].patch,
    };
    expect(get.responses[200].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/PostPage',
    });
    expect(document.components.schemas.PostPage.properties.items.items).toEqual(ref);
    expect(patch.requestBody.content['application/json'].schema.properties.post).toEqual(ref);
    expect(patch.responses[204]).toEqual({ description: 'Done; nothing to say' });
    expect(document.components.schemas.Post.properties.status).toEqual({
      type: 'string',
      enum: ['draft', 'published'],
    });
  });

  test("Elysia's numbers and enums are plain", async () => {
    const document = await (await createDocumented()).read('admin');
    const parameters = document.paths['/api/admin/things/'].get.parameters;
    expect(parameters).toEqual([
      {
        name: 'limit',
        in: 'query',
        required: false,
        description: 'How many',
        schema: { type: 'integer', minimum: 1, maximum: 10 },
      },
      { name: 'force', in: 'query', required: false, schema: { type: 'boolean' } },
      {
        name: 'range',
        in: 'query',
        required: false,
        schema: { type: 'string', enum: ['1h', '24h'] },
      },
    ]);
    const { patch } = document.paths['/api/admin/things/{id}/parts/{part}'];
    expect(patch.requestBody.content['application/json'].schema.properties.size).toEqual({
      type: 'integer',
      minimum: 1,
    });
  });

  test('says who may call what, and which failures to expect', async () => {
    const document = await (await createDocumented()).read('admin');
    const { get } = document.paths['/api/admin/things/'];
    expect(get.security).toEqual([{ bearer: [] }, { cookie: [] }]);
    expect(Object.keys(get.responses)).toEqual(['200', '401', '403', '422', 'default']);
    expect(document.paths['/api/posts/'].get.security).toEqual([
      {},
      { bearer: [] },
      { cookie: [] },
    ]);
    expect(document.components.schemas.Error.required).toEqual(['detail', 'code']);
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'cookie']);
  });

  test('shows its caller only the collections they may use', async () => {
    const { read } = await createDocumented();
    expect((await read()).paths[POSTS_PATH]).toBeUndefined();
    expect((await read()).components.schemas.Articles).toBeUndefined();
    const mine = await read('ann');
    expect(mine.paths[POSTS_PATH].get.responses.default).toEqual({
      $ref: '#/components/responses/Failure',
    });
    // A field may be called like a word of JSON Schema.
    expect(mine.components.schemas.Articles.properties.anyOf).toEqual({ type: 'string' });
  });

  test('is made again only when something changed', async () => {
    const { openapi, state } = await createDocumented();
    await openapi.render(ADMIN);
    await openapi.render(ADMIN);
    await openapi.render(ANONYMOUS);
    expect(state.asked).toBe(2);
    state.version++;
    await openapi.render(ADMIN);
    expect(state.asked).toBe(3);
  });

  test('a bad token is 401 here too', async () => {
    const { call } = await createDocumented();
    expect((await call('GET', '/openapi.json', { as: 'stolen' })).status).toBe(401);
  });

  test('itself, docs and admin are no part of it', async () => {
    const { paths } = await (await createDocumented()).read('admin');
    expect(
      Object.keys(paths).filter((path) => /swagger|openapi|docs|admin\/\*/.test(path)),
    ).toEqual([]);
  });
});
