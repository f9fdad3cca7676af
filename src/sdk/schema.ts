import type { Static, TSchema } from '@sinclair/typebox';

/** The part of https://standardschema.dev that is needed here: Zod, Valibot and ArkType all have it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What `input` and `output` may be. */
export type Schema = TSchema | StandardSchema;

/** What the handler receives for an input schema; without one, anything. */
export type PayloadOf<S> = S extends TSchema
  ? Static<S>
  : S extends StandardSchema<infer _Input, infer Output>
    ? Output
    : unknown;

/** What the handler must return for an output schema; without one, anything that JSON can hold. */
export type ResultOf<S> = S extends TSchema
  ? Static<S>
  : S extends StandardSchema<infer Input, infer _Output>
    ? Input
    : unknown;
