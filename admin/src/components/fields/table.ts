import type { Component } from 'vue';
import type { FieldType } from '../../api/types.ts';
import BooleanInput from './BooleanInput.vue';
import DictInput from './DictInput.vue';
import ListInput from './ListInput.vue';
import NumberInput from './NumberInput.vue';
import StringInput from './StringInput.vue';

/** One input per field type. */
export const INPUT_BY_TYPE = {
  string: StringInput,
  integer: NumberInput,
  float: NumberInput,
  boolean: BooleanInput,
  list: ListInput,
  dict: DictInput,
} as const satisfies Record<FieldType, Component>;
