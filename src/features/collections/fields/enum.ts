import type { Fault } from '../../../core/errors.ts';
import { type Check, describeValue, type FieldDefinition } from './field-type.ts';

/** A value in the list that the field's other constraints refuse could never be stored. */
export function findEnumConflict(
  values: FieldDefinition['enum'] = [],
  check: Check,
): readonly [constraint: string, msg: string] | undefined {
  for (const value of values) {
    const faults: Fault[] = [];
    check(value, [], faults);
    const [fault] = faults;
    if (fault)
      return ['enum', `holds ${describeValue(value)}, which the field refuses: it ${fault.msg}`];
  }
  return undefined;
}
