import type { Component } from 'vue';
import type { FieldType } from '../../api/types.ts';
import BooleanInput from './BooleanInput.vue';
import DateInput from './DateInput.vue';
import DateTimeInput from './DateTimeInput.vue';
import DictInput from './DictInput.vue';
import FormatInput from './FormatInput.vue';
import JsonInput from './JsonInput.vue';
import ListInput from './ListInput.vue';
import NumberInput from './NumberInput.vue';
import ReferenceInput from './ReferenceInput.vue';
import StringInput from './StringInput.vue';

/** One input per field type. */
export const INPUT_BY_TYPE = {
  string: StringInput,
  integer: NumberInput,
  float: NumberInput,
  boolean: BooleanInput,
  date: DateInput,
  datetime: DateTimeInput,
  email: FormatInput,
  url: FormatInput,
  uuid: FormatInput,
  list: ListInput,
  dict: DictInput,
  json: JsonInput,
  reference: ReferenceInput,
} as const satisfies Record<FieldType, Component>;
