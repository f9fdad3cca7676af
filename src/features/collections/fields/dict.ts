import { Type } from '@sinclair/typebox';
import { findNonJson, isPlainObject } from '../../../lib/json-value.ts';
import { type Check, describeValue, type FieldType, refuse } from './field-type.ts';

export const dict: FieldType = {
  aliases: ['object'],
  column: 'none',
  constraints: {
    properties: Type.Array(Type.Unknown(), { description: 'a list of fields' }),
    additional: Type.Boolean({ description: 'true or false' }),
  },
  compile(field, compiler): Check {
    const object = compiler.object(field.properties ?? [], isOpen(field));
    return (value, loc, faults) => {
      if (!isPlainObject(value))
        return refuse(faults, loc, 'dict_type', `must be an object, got ${describeValue(value)}`);
      const found = findNonJson(value);
      if (found) return refuse(faults, [...loc, ...found.path], 'json_type', found.reason);
      return object(value, loc, faults);
    };
  },
  jsonSchema: (field, compiler) => compiler.objectSchema(field.properties ?? [], isOpen(field)),
};

/** Keys beyond the named properties are welcome when nothing was said and none are named. */
function isOpen({ properties = [], additional }: Parameters<FieldType['compile']>[0]): boolean {
  return additional ?? properties.length === 0;
}
