import { afterAll, beforeAll, expect, test } from 'bun:test';
import { onRegister, type Registration } from '../../src/sdk/register.ts';
import {
  type Context,
  FunctionError,
  HttpAnswer,
  type RawContext,
  register,
  type StandardSchema,
  t,
} from '../../src/sdk/tinybase.ts';

const registered: Registration[] = [];
beforeAll(() => onRegister((registration) => registered.push(registration)));
afterAll(() => onRegister(undefined));

/** Compiles only when both are the same type. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

test('the payload and the result have the types of the schemas', () => {
  const added = register(
    {
      name: 'add',
      input: t.Object({ x: t.Integer(), label: t.Optional(t.String()) }),
      output: t.Object({ sum: t.Integer() }),
    },
    (ctx, payload) => {
      holds<Same<typeof payload, { x: number; label?: string }>>();
      holds<Same<typeof ctx, Context>>();
      return { sum: payload.x };
    },
  );
  expect(added.handler({} as Context, { x: 3 })).toEqual({ sum: 3 });
  expect(registered.map(({ options }) => options.name)).toEqual(['add']);
});

test('a result of another type does not compile', () => {
  // @ts-expect-error sum must be a number
  register({ output: t.Object({ sum: t.Integer() }) }, () => ({ sum: 'many' }));
  // @ts-expect-error there is no such access
  register({ auth: 'nobody' }, () => 1);
});

test('a Standard Schema gives the payload its output type', () => {
  const schema: StandardSchema<string, number> = {
    '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: Number(value) }) },
  };
  register({ input: schema }, (_ctx, payload) => holds<Same<typeof payload, number>>());
});

test('without a schema the payload is unknown', () => {
  register({}, (_ctx, payload) => holds<Same<typeof payload, unknown>>());
});

test('with raw_body there always is a request with bytes, and no payload', () => {
  register({ raw_body: true }, (ctx, payload) => {
    holds<Same<typeof ctx, RawContext>>();
    holds<Same<typeof ctx.request.body, Uint8Array<ArrayBuffer>>>();
    holds<Same<typeof payload, undefined>>();
  });
  register({ raw_body: false }, (ctx) => {
    holds<Same<typeof ctx, Context>>();
    // @ts-expect-error there is none on a schedule
    ctx.request.body;
    holds<Same<NonNullable<typeof ctx.request>['body'], null>>();
  });
});

test('an HttpAnswer may be returned whatever the output is', () => {
  register({ output: t.Object({ n: t.Integer() }) }, (ctx) =>
    ctx.is_admin ? new HttpAnswer(204) : { n: 1 },
  );
  register({}, () => new HttpAnswer(200, new Headers(), new ArrayBuffer(1)));
  register({}, () => new HttpAnswer(200, { 'set-cookie': ['a=1', 'b=2'] }, Uint8Array.of(1)));
  // @ts-expect-error no text and no bytes
  register({}, () => new HttpAnswer(200, {}, { a: 1 }));
});

test('FunctionError refuses a status that is no error', () => {
  expect(() => new FunctionError(200, 'fine')).toThrow(RangeError);
  expect(new FunctionError(404, 'gone', { a: 1 })).toMatchObject({ status: 404, data: { a: 1 } });
});

test('register() outside of loading says so', () => {
  onRegister(undefined);
  expect(() => register({}, () => 1)).toThrow('while the file loads');
  onRegister((registration) => registered.push(registration));
});
