// biome-ignore-all lint/suspicious/noExplicitAny: what a schema leaves open is any for those who write functions
/**
 * The types of `import { register, t, … } from 'tinybase'`, so that an editor knows them with nothing
 * installed. Written by TinyBase; the binary brings the code.
 */
declare module 'tinybase' {
  // ---- Schemas: t is TypeBox's Type; these are its everyday builders. ----

  /** Any schema of `t`; `static` is the type of the values that fit it. */
  export interface TSchema {
    static: unknown;
  }
  interface Typed<T> extends TSchema {
    static: T;
  }
  const OPTIONAL: unique symbol;
  type TOptional<S extends TSchema> = S & { readonly [OPTIONAL]: true };
  type TProperties = Readonly<Record<string, TSchema>>;
  type Flat<T> = { [Key in keyof T]: T[Key] } & {};
  type OptionalKeys<P extends TProperties> = {
    [Key in keyof P]: P[Key] extends { readonly [OPTIONAL]: true } ? Key : never;
  }[keyof P];
  type ObjectOf<P extends TProperties> = Flat<
    { [Key in Exclude<keyof P, OptionalKeys<P>>]: P[Key]['static'] } & {
      [Key in OptionalKeys<P>]?: P[Key]['static'];
    }
  >;

  /** The type of the values that fit a schema: `type Input = Static<typeof Input>`. */
  export type Static<S extends TSchema> = S['static'];

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

  export const t: {
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
    Array<S extends TSchema>(items: S, options?: ArrayOptions): Typed<S['static'][]>;
    /** A property that may be left out. */
    Optional<S extends TSchema>(schema: S): TOptional<S>;
    Object<P extends TProperties>(properties: P, options?: ObjectOptions): Typed<ObjectOf<P>>;
    /** An object with any keys: `t.Record(t.String(), t.Number())`. */
    Record<K extends Typed<string>, S extends TSchema>(
      key: K,
      value: S,
      options?: ObjectOptions,
    ): Typed<Record<K['static'], S['static']>>;
  };

  /** A schema of Zod, Valibot, ArkType and others (https://standardschema.dev). */
  export interface StandardSchema<Input = unknown, Output = Input> {
    readonly '~standard': {
      readonly version: 1;
      readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    };
  }
  /** What `input` and `output` may be. */
  export type Schema = TSchema | StandardSchema<any, any>;

  /** What the handler receives for an input schema; without one, anything. */
  export type PayloadOf<S> = S extends TSchema
    ? S['static']
    : S extends StandardSchema<any, infer Output>
      ? Output
      : unknown;
  /** What the handler must return for an output schema; without one, anything that JSON can hold. */
  export type ResultOf<S> = S extends TSchema
    ? S['static']
    : S extends StandardSchema<infer Input, any>
      ? Input
      : unknown;

  // ---- Functions ----

  export interface FunctionOptions<
    Input extends Schema | undefined = Schema | undefined,
    Output extends Schema | undefined = Schema | undefined,
  > {
    /** The file's name when absent; a file with several functions must name each. */
    readonly name?: string;
    readonly description?: string;
    /** Who may call it; `auth` when absent. */
    readonly auth?: 'public' | 'auth' | 'admin';
    readonly input?: Input;
    readonly output?: Output;
    readonly tags?: readonly string[];
    /** To 3,600; the setting functions.timeout_seconds when absent. */
    readonly timeout_seconds?: number;
  }

  export type Handler<Input, Output> = (
    ctx: Context,
    payload: PayloadOf<Input>,
  ) => ResultOf<Output> | Promise<ResultOf<Output>>;

  /** What register() answers; good for `export default` and for calling the handler in a test. */
  export interface RegisteredFunction<Input, Output> {
    readonly options: FunctionOptions;
    readonly handler: Handler<Input, Output>;
  }

  /** Makes a function callable at POST /api/functions/NAME. Counts while the file loads. */
  export function register<
    const Input extends Schema | undefined = undefined,
    const Output extends Schema | undefined = undefined,
  >(
    options: FunctionOptions<Input, Output>,
    handler: Handler<Input, Output>,
  ): RegisteredFunction<Input, Output>;

  /** An error meant for the caller: its message, status and data are answered as they are. */
  export class FunctionError extends Error {
    /** @param status From 400 to 599. */
    constructor(status: number, message: string, data?: unknown);
    readonly status: number;
    readonly data: unknown;
  }

  /** What ctx.db and ctx.functions throw when the server refuses. */
  export class TinyBaseError extends Error {
    constructor(code: string, message: string, faults?: readonly Fault[]);
    /** A code of the API, such as not_found, conflict or invalid_input. */
    readonly code: string;
    /** With invalid_input: everything that is wrong. */
    readonly faults: readonly Fault[];
  }

  export interface Fault {
    readonly loc: readonly (string | number)[];
    readonly msg: string;
    readonly type: string;
  }

  // ---- What a function is given ----

  /** What a function gets as its first argument. */
  export interface Context {
    readonly function_name: string;
    readonly trigger_type: 'manual' | 'schedule';
    /** The schedule, or the call that called this one. */
    readonly trigger_id: string | null;
    readonly request_id: string;
    readonly call_id: string;
    /** null for an anonymous caller and on a schedule. */
    readonly user_id: string | null;
    readonly is_admin: boolean;
    /** When the call began. */
    readonly now: Date;
    /** null on a schedule. */
    readonly request: FunctionRequest | null;
    /** Writes to the server's log, with the call's id. */
    readonly log: FunctionLog;
    /** Aborted when the time is up or the caller has gone. */
    readonly signal: AbortSignal;
    /** Full rights. */
    readonly db: Database & {
      /** The same database with the rights of whoever called. */
      as_caller(): Database;
    };
    readonly functions: FunctionCaller;
  }

  /** The request behind a call. Headers that carry credentials are left out. */
  export interface FunctionRequest {
    readonly method: string;
    readonly query: Readonly<Record<string, string | readonly string[]>>;
    readonly headers: Readonly<Record<string, string>>;
    readonly ip: string | null;
  }

  export interface FunctionLog {
    debug(...values: unknown[]): void;
    info(...values: unknown[]): void;
    warning(...values: unknown[]): void;
    error(...values: unknown[]): void;
  }

  /** The types of your collections' data by name; `tinybase.d.ts` fills it. */
  export interface Collections {}

  /** The input and output of your functions by name; `tinybase.d.ts` fills it. */
  export interface Functions {}

  export interface Database {
    collection<Name extends keyof Collections & string>(name: Name): Collection<Collections[Name]>;
    collection<Data extends object = Record<string, unknown>>(name: string): Collection<Data>;
    /** Up to 500 changes that happen together or not at all; later ones see what earlier ones did. */
    batch(requests: readonly BatchRequest[]): Promise<readonly BatchResult[]>;
  }

  export type BatchRequest =
    | {
        readonly method: 'POST';
        readonly collection: string;
        readonly data: object;
        /** Your own UUIDv7. */
        readonly id?: string;
        /** With full rights only. */
        readonly owner_id?: string;
      }
    | {
        readonly method: 'PATCH';
        readonly collection: string;
        readonly id: string;
        readonly data: object;
      }
    | { readonly method: 'DELETE'; readonly collection: string; readonly id: string };

  export interface BatchResult<Data = Record<string, unknown>> {
    /** 201 created, 200 changed, 204 deleted. */
    readonly status: number;
    /** null for one that was deleted. */
    readonly record: RecordItem<Data> | null;
  }

  /** One collection. Every method throws TinyBaseError when the server refuses. */
  export interface Collection<Data> {
    list(query?: ListQuery): Promise<RecordPage<Data>>;
    /** The record, or null when there is none. */
    get(id: string, query?: GetQuery): Promise<RecordItem<Data> | null>;
    create(data: Data, options?: CreateOptions): Promise<RecordItem<Data>>;
    /** Replaces the named fields; null clears one. */
    update(id: string, changes: Changes<Data>): Promise<RecordItem<Data>>;
    delete(id: string): Promise<void>;
    /** How many records there are, or how many a filter finds. */
    count(query?: CountQuery): Promise<number>;
  }

  export type Changes<Data> = { readonly [Key in keyof Data]?: Data[Key] | null };

  export interface CountQuery {
    /** Such as `rating >= 3 && title ~ 'cat'`; texts in quotes. */
    readonly filter?: string;
  }

  export interface GetQuery {
    /** Only these fields of `data`. */
    readonly fields?: readonly string[];
    /** Reference fields whose records come along under `expanded`. */
    readonly expand?: readonly string[];
  }

  export interface ListQuery extends CountQuery, GetQuery {
    /** 1 to 1000; 100 when absent. */
    readonly limit?: number;
    readonly offset?: number;
    /** The `next_cursor` of the page before; with the same filter and sort. */
    readonly cursor?: string;
    /** Such as `-rating,title`. */
    readonly sort?: string;
    /** false leaves `total` null and saves its cost; `exact` counts this very moment. */
    readonly count?: boolean | 'exact';
  }

  export interface CreateOptions {
    /** Your own UUIDv7, so that a retry makes no second record. */
    readonly id?: string;
    /** With full rights only: whose record it is; nobody's when absent. */
    readonly owner_id?: string | null;
  }

  export interface RecordItem<Data> {
    readonly id: string;
    readonly collection_id: string;
    readonly owner_id: string | null;
    readonly data: Data;
    /** By field, when the query asked to expand; null for what may not be read. */
    readonly expanded?: Readonly<Record<string, RecordItem<Record<string, unknown>> | null>>;
    readonly created_at: string;
    readonly updated_at: string;
  }

  export interface RecordPage<Data> {
    readonly items: readonly RecordItem<Data>[];
    /** null without count. */
    readonly total: number | null;
    /** Counted from 1; null behind a cursor. */
    readonly page: number | null;
    readonly page_size: number;
    /** For the next page; null at the end. */
    readonly next_cursor: string | null;
  }

  type CallInput<F> = F extends { readonly input: infer Input } ? Input : unknown;
  type CallOutput<F> = F extends { readonly output: infer Output } ? Output : unknown;

  export interface FunctionCaller {
    /** Runs another function as a call of its own, in the caller's name. */
    call<Name extends keyof Functions & string>(
      name: Name,
      payload: CallInput<Functions[Name]>,
    ): Promise<CallOutput<Functions[Name]>>;
    call<Output = unknown>(name: string, payload?: unknown): Promise<Output>;
  }
}
