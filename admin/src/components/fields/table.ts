import type { Component } from 'vue';
import type { FieldType } from '../../api/types.ts';
import BooleanInput from './boolean.vue';
import DictInput from './dict.vue';
import FloatInput from './float.vue';
import IntegerInput from './integer.vue';
import ListInput from './list.vue';
import StringInput from './string.vue';

/** One input per field type. */
export const INPUT_BY_TYPE = {
  string: StringInput,
  integer: IntegerInput,
  float: FloatInput,
  boolean: BooleanInput,
  list: ListInput,
  dict: DictInput,
} as const satisfies Record<FieldType, Component>;
