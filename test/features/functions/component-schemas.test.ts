import { describe, expect, test } from 'bun:test';
import { Type as t } from '@sinclair/typebox';
import fc from 'fast-check';
import { toComponents } from '../../../src/features/functions/component-schemas.ts';

type Json = Readonly<Record<string, unknown>>;
const convert = (schema: unknown, taken: string[] = []) =>
  toComponents(JSON.parse(JSON.stringify(schema)) as Json, 'AddInput', new Set(taken));
const to = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe('the schema of a function as components of an OpenAPI document', () => {
  test('a plain one stays as it is', () => {
    const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] };
    expect(convert(schema)).toEqual({ AddInput: schema });
  });

  test('a reference to the whole leads to its name', () => {
    expect(convert({ properties: { kids: { items: { $ref: '#' } } } })).toEqual({
      AddInput: { properties: { kids: { items: to('AddInput') } } },
    });
  });

  test.each(['$defs', 'definitions'])('parts under %s get names of their own', (place) => {
    const schema = {
      [place]: { 'no de/x': { properties: { next: { $ref: `#/${place}/no%20de~1x` } } } },
      anyOf: [{ $ref: `#/${place}/no%20de~1x` }, { type: 'null' }],
    };
    expect(convert(schema, ['AddInputNode1x'])).toEqual({
      AddInput: { anyOf: [to('AddInputNode1x2'), { type: 'null' }] },
      AddInputNode1x2: { properties: { next: to('AddInputNode1x2') } },
    });
  });

  test("TypeBox's own references, by $id, are found", () => {
    const tree = t.Recursive((Self) => t.Object({ kids: t.Array(Self) }), { $id: 'Tree' });
    const { AddInput, AddInputTree } = convert(t.Object({ tree }));
    const node = { properties: { kids: { type: 'array', items: to('AddInputTree') } } };
    expect(AddInput).toMatchObject({ properties: { tree: node } });
    expect(AddInputTree).toMatchObject(node);
  });

  test('a tuple of older drafts is written in the newer way', () => {
    expect(convert(t.Tuple([t.String(), t.Number()]))).toEqual({
      AddInput: {
        type: 'array',
        prefixItems: [{ type: 'string' }, { type: 'number' }],
        items: false,
        minItems: 2,
        maxItems: 2,
      },
    });
  });

  test.each([
    ['outside', 'https://example.com/schema'],
    ['at nothing', '#/$defs/missing'],
    ['at what is no schema', '#/required/0'],
    ['at a prototype', '#/__proto__'],
    ['at a broken escape', '#/%zz'],
    ['at itself', '#/properties/a'],
  ])('a reference that points %s becomes anything', (_name, $ref) => {
    expect(convert({ required: ['a'], properties: { a: { $ref } } })).toEqual({
      AddInput: { required: ['a'], properties: { a: {} } },
    });
  });

  test('names of properties are no keywords, and values no schemas', () => {
    const schema = {
      properties: { $ref: { type: 'string' }, $id: { type: 'string' }, definitions: {} },
      default: { $ref: '#/x', items: [1] },
      enum: [{ $schema: 'x' }],
    };
    expect(convert(schema)).toEqual({ AddInput: schema });
  });

  test('a property called __proto__ does not get in', () => {
    const schema = JSON.parse(
      '{"properties":{"__proto__":{"polluted":true}},"__proto__":{}}',
    ) as Json;
    const text = JSON.stringify(toComponents(schema, 'AddInput', new Set()));
    expect(text).toBe('{"AddInput":{"properties":{}}}');
  });

  test('whatever the schema, nothing throws and no reference leads nowhere', () => {
    const part = fc.constantFrom('#', '#/$defs/a', '#/$defs/b', '#/properties/a', 'a', 'x', '');
    const schema = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.anything({ maxDepth: 1 }).map((value) => JSON.parse(JSON.stringify(value ?? null))),
        fc.record(
          {
            $ref: part,
            $id: part,
            type: fc.constantFrom('string', 'object'),
            properties: fc.dictionary(fc.constantFrom('a', '$ref', '__proto__'), tie('node')),
            $defs: fc.dictionary(fc.constantFrom('a', 'b'), tie('node')),
            items: fc.oneof(tie('node'), fc.array(tie('node'), { maxLength: 2 })),
            anyOf: fc.array(tie('node'), { maxLength: 2 }),
          },
          { requiredKeys: [] },
        ),
      ),
    })).node;
    fc.assert(
      fc.property(schema, (found) => {
        if (typeof found !== 'object' || found === null || Array.isArray(found)) return;
        const components = toComponents(found as Json, 'AddInput', new Set());
        const names = Object.keys(components).map((name) => `#/components/schemas/${name}`);
        for (const target of referencesIn(Object.values(components)))
          expect(names).toContain(String(target));
      }),
    );
  });
});

/** References at places of schemas: a property may be called $ref as well. */
function* referencesIn(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (key === '$ref' && !Array.isArray(value)) yield item;
    else if (key === 'properties' && typeof item === 'object' && item !== null)
      for (const schema of Object.values(item)) yield* referencesIn(schema);
    else if (['items', 'anyOf', 'prefixItems'].includes(key) || Array.isArray(value))
      yield* referencesIn(item);
  }
}
