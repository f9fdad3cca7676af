import { Type } from '@sinclair/typebox';
import { countCodePoints } from '../../../lib/code-points.ts';
import { findEnumConflict } from './enum.ts';
import {
  type Check,
  describeValue,
  type FieldDefinition,
  type FieldType,
  refuse,
} from './field-type.ts';

/** Matching takes a quarter of a second for each million characters: who wants more says so with max_length. */
const MAX_MATCHED = 100_000;

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
  findConflict(field) {
    const { enum: values, ...others } = field;
    const { min_length = 0, max_length, pattern } = others;
    if (max_length !== undefined && min_length > max_length)
      return ['min_length', `must not be above max_length, which is ${max_length}`];
    if (min_length > maxLengthOf(others))
      return ['min_length', `must not be above ${MAX_MATCHED} beside a pattern, or say max_length`];
    if (pattern !== undefined) {
      const reason = findPatternFault(pattern);
      if (reason) return ['pattern', `must be a pattern in RE2 syntax: ${reason}`];
    }
    return findEnumConflict(values, compileString(others));
  },
  compile: compileString,
  jsonSchema(field) {
    const { min_length, pattern, enum: values } = field;
    const maxLength = maxLengthOf(field);
    return {
      type: 'string',
      ...(min_length !== undefined && { minLength: min_length }),
      ...(maxLength < Number.POSITIVE_INFINITY && { maxLength }),
      ...(pattern !== undefined && { pattern }),
      ...(values && { enum: values }),
    };
  },
};

function maxLengthOf({ max_length, pattern }: FieldDefinition): number {
  return max_length ?? (pattern === undefined ? Number.POSITIVE_INFINITY : MAX_MATCHED);
}

function compileString(field: FieldDefinition): Check {
  const { min_length = 0 } = field;
  const max_length = maxLengthOf(field);
  const pattern = field.pattern === undefined ? undefined : compilePattern(field.pattern);
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
}

function findPatternFault(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** In linear time. Most servers have no pattern, and its tables of Unicode take 2 MB; compiling is synchronous, hence `require`. */
function compilePattern(pattern: string) {
  const { RE2JS }: typeof import('re2js') = require('re2js');
  return RE2JS.compile(pattern);
}
