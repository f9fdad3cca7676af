import { Type } from '@sinclair/typebox';
import type { ParsedTime } from '../../../lib/rfc3339.ts';
import {
  type Check,
  describeValue,
  type FieldDefinition,
  type FieldType,
  type JsonSchema,
  refuse,
} from './field-type.ts';

/** As a default: the time at which the record is made. */
export const NOW = 'now';

/** What date and datetime share: one spelling, in which earlier texts sort first, and bounds. */
interface TemporalKind {
  readonly name: 'date' | 'datetime';
  readonly example: string;
  readonly parse: (text: string) => ParsedTime;
  readonly atMoment: (ms: number) => string;
  readonly jsonSchema: JsonSchema;
  /** What holds without bounds of one's own. */
  readonly first: string;
  readonly last: string;
}

export function defineTemporal({
  name,
  example,
  parse,
  atMoment,
  jsonSchema,
  first,
  last,
}: TemporalKind): FieldType {
  const bound = Type.String({ description: `a text such as ${example}` });
  return {
    aliases: [],
    column: 'text',
    constraints: { min: bound, max: bound },
    findConflict(field) {
      for (const option of ['min', 'max'] as const) {
        const text = field[option];
        const parsed = text === undefined ? undefined : parse(String(text));
        if (parsed && 'fault' in parsed)
          return [option, `must be ${parsed.fault}, got ${describeValue(text)}`];
      }
      const { min, max } = toCanonical(field, parse);
      if (min !== undefined && max !== undefined && min > max)
        return ['min', `must not be above max, which is ${max}`];
      if (field.default === NOW && max !== undefined)
        return ['default', `cannot be "now" beside max: the time will pass ${max}`];
      return undefined;
    },
    toCanonical: (field) => toCanonical(field, parse),
    atMoment,
    compile: (field) => compileTemporal(toCanonical(field, parse), name, parse),
    jsonSchema(field) {
      const { min = first, max = last } = toCanonical(field, parse);
      return { type: 'string', ...jsonSchema, formatMinimum: min, formatMaximum: max };
    },
  };
}

function toCanonical(field: FieldDefinition, parse: TemporalKind['parse']): FieldDefinition {
  const { min, max } = field;
  return {
    ...field,
    ...(min !== undefined && { min: canonicalText(min, parse) }),
    ...(max !== undefined && { max: canonicalText(max, parse) }),
  };
}

function canonicalText(bound: string | number, parse: TemporalKind['parse']): string {
  const parsed = parse(String(bound));
  return 'text' in parsed ? parsed.text : String(bound);
}

function compileTemporal(
  { min, max }: FieldDefinition,
  name: TemporalKind['name'],
  parse: TemporalKind['parse'],
): Check {
  return (value, loc, faults) => {
    if (typeof value !== 'string')
      return refuse(faults, loc, `${name}_type`, `must be a text, got ${describeValue(value)}`);
    const parsed = parse(value);
    if ('fault' in parsed)
      return refuse(
        faults,
        loc,
        `${name}_parsing`,
        `must be ${parsed.fault}; got ${describeValue(value)}`,
      );
    const { text } = parsed;
    if (min !== undefined && text < min)
      return refuse(faults, loc, 'greater_than_equal', `must not be before ${min}, got ${text}`);
    if (max !== undefined && text > max)
      return refuse(faults, loc, 'less_than_equal', `must not be after ${max}, got ${text}`);
    return text;
  };
}
