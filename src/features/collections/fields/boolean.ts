import { describeValue, type FieldType, refuse } from './field-type.ts';

export const boolean: FieldType = {
  aliases: ['bool'],
  column: 'boolean',
  constraints: {},
  compile: () => (value, loc, faults) =>
    typeof value === 'boolean'
      ? value
      : refuse(faults, loc, 'bool_type', `must be true or false, got ${describeValue(value)}`),
  jsonSchema: () => ({ type: 'boolean' }),
};
