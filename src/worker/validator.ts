import type { InputFault, JsonSchema } from '../protocol/messages.ts';

export type Checked =
  | { readonly isValid: true; readonly value: unknown }
  | { readonly isValid: false; readonly faults: readonly InputFault[] };

/** A schema made ready once, when its file loads. */
export interface Validator {
  readonly jsonSchema: JsonSchema;
  check(value: unknown): Checked | Promise<Checked>;
}

export interface ValidatorOptions {
  /** An object of an input that says nothing about unknown keys refuses them. */
  readonly isInput: boolean;
  /** The file that registered it, from where packages are found. */
  readonly file: string;
}
