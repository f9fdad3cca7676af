import { describe, expect } from 'bun:test';
import { type Scenario, scenarios } from '../support/scenario.ts';
import { problem, serveForFile } from '../support/served.ts';

const served = serveForFile();

const define = (fields: unknown, name = 'broken'): readonly [string, string, unknown] => [
  'POST',
  '/api/collections',
  { name, schema: { fields } },
];

const SCHEMAS: readonly Scenario[] = [
  {
    name: 'a name with a capital letter is refused',
    request: define([], 'Posts'),
    as: 'admin',
    status: 422,
    body: { code: 'invalid_input', detail: [{ loc: ['body', 'name'] }] },
  },
  {
    name: 'an unknown type is refused with the place of the field',
    request: define([
      { name: 'a', type: 'string' },
      { name: 'b', type: 'strin' },
    ]),
    as: 'admin',
    status: 422,
    body: {
      code: 'invalid_input',
      detail: [
        { loc: ['body', 'schema', 'fields', 1, 'type'], msg: expect.stringMatching(/string/) },
      ],
    },
  },
  {
    name: 'a constraint of another type is refused',
    request: define([{ name: 'a', type: 'integer', max_length: 5 }]),
    as: 'admin',
    status: 422,
    body: { detail: [{ loc: ['body', 'schema', 'fields', 0, 'max_length'] }] },
  },
  {
    name: 'an unknown constraint is refused with the nearest name',
    request: define([{ name: 'a', type: 'string', max_lenght: 5 }]),
    as: 'admin',
    status: 422,
    body: {
      detail: [
        {
          loc: ['body', 'schema', 'fields', 0, 'max_lenght'],
          msg: expect.stringContaining('max_length'),
        },
      ],
    },
  },
  {
    name: 'a field may not be called id',
    request: define([{ name: 'id', type: 'string' }]),
    as: 'admin',
    status: 422,
    body: { detail: [{ loc: ['body', 'schema', 'fields', 0, 'name'] }] },
  },
  {
    name: 'two fields of one name are refused',
    request: define([
      { name: 'a', type: 'string' },
      { name: 'a', type: 'integer' },
    ]),
    as: 'admin',
    status: 422,
    body: { code: 'invalid_input' },
  },
  {
    name: 'a default that does not fit its type is refused',
    request: define([{ name: 'a', type: 'integer', default: 'many' }]),
    as: 'admin',
    status: 422,
    body: { detail: [{ loc: ['body', 'schema', 'fields', 0, 'default'] }] },
  },
  {
    name: 'a pattern with a look-around is refused',
    request: define([{ name: 'a', type: 'string', pattern: '(?=x)y' }]),
    as: 'admin',
    status: 422,
    body: { detail: [{ loc: ['body', 'schema', 'fields', 0, 'pattern'] }] },
  },
  {
    name: 'a refused collection was not half-made',
    request: ['GET', '/api/collections/broken'],
    as: 'admin',
    status: 404,
    body: problem('not_found'),
  },
];

describe("SPEC's answers and errors to the letter: schemas that are refused", () => {
  scenarios(() => served().target, SCHEMAS);
});
