// What `t` and `Static` are in functions-template/tinybase.d.ts: the everyday part of TypeBox, small
// enough for an editor that has no package at hand. test/sdk/types-file.test.ts holds it against TypeBox itself.
// biome-ignore-all lint/suspicious/noExplicitAny: what a schema leaves open is any for those who write functions

/** Any schema of `t`; `static` is the type of the values that fit it. */
export interface TSchema {
  static: unknown;
}

/** The type of the values that fit a schema: `type Input = Static<typeof Input>`. */
export type Static<S extends TSchema> = S['static'];

interface Typed<T> extends TSchema {
  static: T;
}
declare const OPTIONAL: unique symbol;
type TOptional<S extends TSchema> = S & { readonly [OPTIONAL]: true };
type TProperties = Readonly<Record<string, TSchema>>;
interface TObject<P extends TProperties> extends Typed<ObjectOf<P>> {
  properties: P;
}
type Flat<T> = { [Key in keyof T]: T[Key] } & {};
type OptionalKeys<P extends TProperties> = {
  [Key in keyof P]: P[Key] extends { readonly [OPTIONAL]: true } ? Key : never;
}[keyof P];
type ObjectOf<P extends TProperties> = Flat<
  { [Key in Exclude<keyof P, OptionalKeys<P>>]: P[Key]['static'] } & {
    [Key in OptionalKeys<P>]?: P[Key]['static'];
  }
>;
type AllOf<S extends readonly TSchema[]> = S extends readonly [
  infer First extends TSchema,
  ...infer Rest extends readonly TSchema[],
]
  ? First['static'] & AllOf<Rest>
  : unknown;

interface SchemaOptions {
  title?: string;
  description?: string;
  default?: unknown;
  examples?: unknown;
}
interface StringOptions extends SchemaOptions {
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
}
interface NumberOptions extends SchemaOptions {
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
}
interface ArrayOptions extends SchemaOptions {
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
}
interface ObjectOptions extends SchemaOptions {
  additionalProperties?: boolean | TSchema;
}

/** TypeBox: https://github.com/sinclairzx81/typebox. These are its everyday builders. */
export declare const t: {
  String(options?: StringOptions): Typed<string>;
  Integer(options?: NumberOptions): Typed<number>;
  Number(options?: NumberOptions): Typed<number>;
  Boolean(options?: SchemaOptions): Typed<boolean>;
  Null(options?: SchemaOptions): Typed<null>;
  Any(options?: SchemaOptions): Typed<any>;
  Unknown(options?: SchemaOptions): Typed<unknown>;
  Literal<const T extends string | number | boolean>(value: T, options?: SchemaOptions): Typed<T>;
  /** One of several: `t.Union([t.Literal('small'), t.Literal('large')])`. */
  Union<const S extends readonly TSchema[]>(
    schemas: S,
    options?: SchemaOptions,
  ): Typed<S[number]['static']>;
  /** All of them at once. */
  Intersect<const S extends readonly TSchema[]>(
    schemas: S,
    options?: SchemaOptions,
  ): Typed<AllOf<S>>;
  /** The values of an object or a TypeScript enum. */
  Enum<const T extends Readonly<Record<string, string | number>>>(
    values: T,
    options?: SchemaOptions,
  ): Typed<T[keyof T]>;
  Array<S extends TSchema>(items: S, options?: ArrayOptions): Typed<S['static'][]>;
  /** A list of fixed length: `t.Tuple([t.Number(), t.Number()])`. */
  Tuple<const S extends readonly TSchema[]>(
    items: S,
    options?: SchemaOptions,
  ): Typed<S extends readonly [] ? [] : { -readonly [Index in keyof S]: S[Index]['static'] }>;
  /** A property that may be left out. */
  Optional<S extends TSchema>(schema: S): TOptional<S>;
  Object<P extends TProperties>(properties: P, options?: ObjectOptions): TObject<P>;
  /** The same object, and every property may be left out. */
  Partial<P extends TProperties>(
    object: TObject<P>,
    options?: ObjectOptions,
  ): TObject<{ [Key in keyof P]: TOptional<P[Key]> }>;
  Pick<P extends TProperties, const Key extends keyof P>(
    object: TObject<P>,
    keys: readonly Key[],
    options?: ObjectOptions,
  ): TObject<Pick<P, Key>>;
  Omit<P extends TProperties, const Key extends keyof P>(
    object: TObject<P>,
    keys: readonly Key[],
    options?: ObjectOptions,
  ): TObject<Omit<P, Key>>;
  /** An object with any keys: `t.Record(t.String(), t.Number())`. */
  Record<K extends Typed<string>, S extends TSchema>(
    key: K,
    value: S,
    options?: ObjectOptions,
  ): Typed<Record<K['static'], S['static']>>;
  /** A JSON Schema of your own, for values of a type that you name: `t.Unsafe<Point>({ … })`. */
  Unsafe<T>(schema?: object): Typed<T>;
};
