import { ERROR_CODES } from '../core/errors.ts';
import type { JsonSchema } from './openapi-schema.ts';

/** The body of every answer that is a failure. */
export const ERROR_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Error: {
    type: 'object',
    required: ['detail', 'code'],
    properties: {
      detail: {
        description:
          'What went wrong, which thing it was and what to do; a list for invalid input.',
        anyOf: [
          { type: 'string' },
          { type: 'array', items: { $ref: '#/components/schemas/Fault' } },
        ],
      },
      code: { type: 'string', enum: [...ERROR_CODES] },
    },
  },
  Fault: {
    type: 'object',
    required: ['loc', 'msg', 'type'],
    properties: {
      loc: {
        description: 'Starts with body, query, path or header.',
        type: 'array',
        items: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
      },
      msg: { type: 'string' },
      type: { type: 'string', description: 'Stable, such as missing or string_too_long.' },
    },
  },
};

const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
const response = (description: string) => ({ description, content });

/** By the name that operations refer to. */
export const ERROR_RESPONSES = {
  Unauthenticated: response('No token, or one that is no good'),
  Forbidden: response('The caller may not do this'),
  NotFound: response('There is no such thing, or the caller may not see it'),
  TooLarge: response('The body is too large'),
  UnsupportedMediaType: response('The body is of another type'),
  InvalidInput: response('The input is not valid; all faults at once'),
  Failure: response('Any other failure'),
} as const;

export function refersTo(name: keyof typeof ERROR_RESPONSES): JsonSchema {
  return { $ref: `#/components/responses/${name}` };
}
