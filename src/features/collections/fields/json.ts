import { Type } from '@sinclair/typebox';
import { findNonJson, type JsonValue } from '../../../lib/json-value.ts';
import { type Check, type FieldType, refuse } from './field-type.ts';

export const json: FieldType = {
  aliases: [],
  column: 'none',
  constraints: {
    max_bytes: Type.Integer({ minimum: 1, description: 'a whole number from 1' }),
  },
  compile({ max_bytes }): Check {
    return (value, loc, faults) => {
      const found = findNonJson(value);
      if (found) return refuse(faults, [...loc, ...found.path], 'json_type', found.reason);
      if (max_bytes !== undefined) {
        const bytes = Buffer.byteLength(JSON.stringify(value));
        if (bytes > max_bytes)
          return refuse(
            faults,
            loc,
            'too_long',
            `must have at most ${max_bytes} bytes as JSON, got ${bytes}`,
          );
      }
      return value as JsonValue;
    };
  },
  // Null is no value, and said by whoever names the field.
  jsonSchema: ({ max_bytes }) => ({
    type: ['string', 'number', 'boolean', 'array', 'object'],
    // JSON Schema has no word for it.
    ...(max_bytes !== undefined && { 'x-max-bytes': max_bytes }),
  }),
};
