import { Type } from '@sinclair/typebox';
import { findEnumConflict } from './enum.ts';
import type { FieldDefinition, FieldType } from './field-type.ts';
import { type Check, describeValue, refuse } from './field-type.ts';

/** What integer and float share: bounds and a list of allowed values. */
interface NumberKind {
  readonly aliases: readonly string[];
  readonly column: 'integer' | 'real';
  readonly isValid: (value: number) => boolean;
  readonly fault: readonly [type: string, noun: string];
  readonly jsonType: 'integer' | 'number';
}

export function defineNumber({ aliases, column, isValid, fault, jsonType }: NumberKind): FieldType {
  const [faultType, noun] = fault;
  const bound =
    jsonType === 'integer'
      ? Type.Integer({ description: noun })
      : Type.Number({ description: noun });
  return {
    aliases,
    column,
    constraints: {
      min: bound,
      max: bound,
      enum: Type.Array(bound, {
        minItems: 1,
        uniqueItems: true,
        description: 'a list of different numbers of this type, at least one',
      }),
    },
    findConflict({ enum: values, ...others }) {
      const { min, max } = others;
      return min !== undefined && max !== undefined && min > max
        ? ['min', `must not be above max, which is ${max}`]
        : findEnumConflict(values, compileNumber(others, isValid, faultType, noun));
    },
    compile: (field) => compileNumber(field, isValid, faultType, noun),
    jsonSchema({ min, max, enum: values }) {
      const isInteger = jsonType === 'integer';
      return {
        type: jsonType,
        ...(isInteger && { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
        ...(min !== undefined && { minimum: min }),
        ...(max !== undefined && { maximum: max }),
        ...(values && { enum: values }),
      };
    },
  };
}

function compileNumber(
  field: FieldDefinition,
  isValid: (value: number) => boolean,
  faultType: string,
  noun: string,
): Check {
  const min = Number(field.min ?? Number.NEGATIVE_INFINITY);
  const max = Number(field.max ?? Number.POSITIVE_INFINITY);
  const allowed = field.enum && new Set<unknown>(field.enum);
  return (value, loc, faults) => {
    if (typeof value !== 'number' || !isValid(value))
      return refuse(faults, loc, faultType, `must be ${noun}, got ${describeValue(value)}`);
    if (value < min)
      return refuse(faults, loc, 'greater_than_equal', `must be at least ${min}, got ${value}`);
    if (value > max)
      return refuse(faults, loc, 'less_than_equal', `must be at most ${max}, got ${value}`);
    if (allowed && !allowed.has(value))
      return refuse(faults, loc, 'enum', `must be one of ${field.enum?.join(', ')}; got ${value}`);
    return value;
  };
}
