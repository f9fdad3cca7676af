import { type TSchema, Type } from '@sinclair/typebox';

/** What TypeBox does not know about a setting; `init`, docs and error messages read it. */
export interface SettingNotes {
  readonly description: string;
  /** Of a number. */
  readonly unit?: string;
  /** Instead of the default's value, where that depends on the machine or on other settings. */
  readonly defaultText?: string;
  /** Further variables beside TINYBASE_SECTION_NAME. */
  readonly aliases?: readonly string[];
  /** Never printed, neither in an error nor in a log. */
  readonly isSecret?: boolean;
}

type NumberNotes = SettingNotes & {
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
};

export const flag = (notes: SettingNotes & { readonly default: boolean }) => Type.Boolean(notes);
export const whole = (notes: NumberNotes) => Type.Integer(notes);
export const text = (notes: SettingNotes & { readonly default: string }) =>
  Type.String({ minLength: 1, ...notes });
export const optionalText = (notes: SettingNotes) =>
  Type.Optional(Type.String({ minLength: 1, ...notes }));
export const texts = (notes: SettingNotes) =>
  Type.Array(Type.String({ minLength: 1 }), { default: [], ...notes });
export const choice = <const T extends string>(
  values: readonly T[],
  notes: SettingNotes & { readonly default: NoInfer<T> },
) =>
  Type.Unsafe<T>(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      notes,
    ),
  );
export const section = <T extends Record<string, TSchema>>(description: string, properties: T) =>
  Type.Object(properties, { description, additionalProperties: false });
