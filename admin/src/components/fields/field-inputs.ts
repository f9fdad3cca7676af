import type { Component, InjectionKey } from 'vue';
import type { FieldRules, FieldType } from '../../api/types.ts';
import type { Faults } from './check.ts';

/** What ties an input to its label, hint and fault. */
export interface Control {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': 'true' | undefined;
}

/** Every input in table.ts takes these and a model of `Json | undefined`. */
export interface FieldInputProps {
  field: FieldRules;
  control: Control;
  /** The name of it for screen readers, where the label cannot be tied. */
  label: string;
  /** Place of the value in the record: `size.width`. */
  path: string;
  faults: Faults;
  /** A new record: what is left out takes its default. */
  isNew: boolean;
  placeholder: string;
}

/** The inputs by type. Provided, because lists and dicts hold inputs themselves. */
export const FIELD_INPUTS: InjectionKey<Readonly<Record<FieldType, Component>>> =
  Symbol('field inputs');
