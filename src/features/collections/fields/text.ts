import { Type } from '@sinclair/typebox';
import { countCodePoints } from '../../../lib/code-points.ts';
import {
  type Check,
  describeValue,
  type FieldType,
  type JsonSchema,
  refuse,
} from './field-type.ts';

/** Texts of a known form, brought to one spelling. */
interface TextKind {
  readonly name: string;
  readonly noun: string;
  /** The length of the shortest there is: a lower limit would refuse everything. */
  readonly shortest: number;
  readonly parse: (text: string) => { readonly text: string } | { readonly fault: string };
  readonly jsonSchema: JsonSchema & { readonly maxLength?: number };
}

export function defineText({ name, noun, shortest, parse, jsonSchema }: TextKind): FieldType {
  return {
    aliases: [],
    column: 'text',
    constraints: {
      max_length: Type.Integer({
        minimum: shortest,
        description: `a whole number from ${shortest}, as long as the shortest ${noun.replace(/^an? /, '')} there is`,
      }),
    },
    compile({ max_length = Number.POSITIVE_INFINITY }): Check {
      return (value, loc, faults) => {
        if (typeof value !== 'string')
          return refuse(
            faults,
            loc,
            `${name}_type`,
            `must be ${noun}, got ${describeValue(value)}`,
          );
        const parsed = parse(value);
        if ('fault' in parsed)
          return refuse(
            faults,
            loc,
            `${name}_parsing`,
            `${parsed.fault}; got ${describeValue(value)}`,
          );
        const { text } = parsed;
        // UTF-16 length is never below the count of code points, so most texts need no counting.
        if (text.length > max_length && countCodePoints(text) > max_length)
          return refuse(
            faults,
            loc,
            'string_too_long',
            `must have at most ${max_length} characters, got ${countCodePoints(text)}`,
          );
        return text;
      };
    },
    jsonSchema({ max_length }) {
      const { maxLength = max_length } = jsonSchema;
      return {
        type: 'string',
        ...jsonSchema,
        ...(maxLength !== undefined && { maxLength: Math.min(maxLength, max_length ?? maxLength) }),
      };
    },
  };
}
