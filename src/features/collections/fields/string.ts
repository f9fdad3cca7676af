import { Type } from '@sinclair/typebox';
import { RE2JS } from 're2js';
import { countCodePoints } from '../../../lib/code-points.ts';
import { type Check, describeValue, type FieldType, refuse } from './field-type.ts';

const length = Type.Integer({ minimum: 0, description: 'a whole number from 0' });

export const string: FieldType = {
  aliases: ['str', 'text'],
  column: 'text',
  constraints: {
    min_length: length,
    max_length: length,
    pattern: Type.String({ minLength: 1, maxLength: 1000, description: 'a pattern in RE2 syntax' }),
    enum: Type.Array(Type.String(), {
      minItems: 1,
      uniqueItems: true,
      description: 'a list of different texts, at least one',
    }),
  },
  findConflict({ min_length, max_length, pattern }) {
    if (min_length !== undefined && max_length !== undefined && min_length > max_length)
      return ['min_length', `must not be above max_length, which is ${max_length}`];
    if (pattern !== undefined) {
      const reason = findPatternFault(pattern);
      if (reason) return ['pattern', `must be a pattern in RE2 syntax: ${reason}`];
    }
    return undefined;
  },
  compile(field): Check {
    const { min_length = 0, max_length = Number.POSITIVE_INFINITY } = field;
    const pattern = field.pattern === undefined ? undefined : RE2JS.compile(field.pattern);
    const allowed = field.enum && new Set<unknown>(field.enum);
    return (value, loc, faults) => {
      if (typeof value !== 'string')
        return refuse(faults, loc, 'string_type', `must be a text, got ${describeValue(value)}`);
      if (!value.isWellFormed())
        return refuse(
          faults,
          loc,
          'string_unicode',
          'must be well-formed Unicode, without a lone surrogate',
        );
      // UTF-16 length is never below the count of code points, so most texts need no counting.
      if (value.length > max_length || min_length > 0) {
        const count = countCodePoints(value);
        if (count > max_length)
          return refuse(
            faults,
            loc,
            'string_too_long',
            `must have at most ${max_length} characters, got ${count}`,
          );
        if (count < min_length)
          return refuse(
            faults,
            loc,
            'string_too_short',
            `must have at least ${min_length} characters, got ${count}`,
          );
      }
      if (pattern && !pattern.matcher(value).find())
        return refuse(
          faults,
          loc,
          'string_pattern_mismatch',
          `must match the pattern ${field.pattern}`,
        );
      if (allowed && !allowed.has(value))
        return refuse(
          faults,
          loc,
          'enum',
          `must be one of ${field.enum?.join(', ')}; got ${describeValue(value)}`,
        );
      return value;
    };
  },
  jsonSchema({ min_length, max_length, pattern, enum: values }) {
    return {
      type: 'string',
      ...(min_length !== undefined && { minLength: min_length }),
      ...(max_length !== undefined && { maxLength: max_length }),
      ...(pattern !== undefined && { pattern }),
      ...(values && { enum: values }),
    };
  },
};

function findPatternFault(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
