// Written by TinyBase: the types of `import { … } from 'tinybase'`. Do not edit; it is written anew.
// biome-ignore-all lint: generated
/* eslint-disable */
declare module 'tinybase' {
  /** Any schema of `t`; `static` is the type of the values that fit it. */
  export interface TSchema {
    static: unknown;
  }

  /** The type of the values that fit a schema: `type Input = Static<typeof Input>`. */
  export type Static<S extends TSchema> = S['static'];

  interface Typed<T> extends TSchema {
    static: T;
  }

  const OPTIONAL: unique symbol;

  type TOptional<S extends TSchema> = S & {
    readonly [OPTIONAL]: true;
  };

  type TProperties = Readonly<Record<string, TSchema>>;

  interface TObject<P extends TProperties> extends Typed<ObjectOf<P>> {
    properties: P;
  }

  type Flat<T> = {
    [Key in keyof T]: T[Key];
  } & {};

  type OptionalKeys<P extends TProperties> = {
    [Key in keyof P]: P[Key] extends {
      readonly [OPTIONAL]: true;
    }
      ? Key
      : never;
  }[keyof P];

  type ObjectOf<P extends TProperties> = Flat<
    {
      [Key in Exclude<keyof P, OptionalKeys<P>>]: P[Key]['static'];
    } & {
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
    ): Typed<
      S extends readonly []
        ? []
        : {
            -readonly [Index in keyof S]: S[Index]['static'];
          }
    >;
    /** A property that may be left out. */
    Optional<S extends TSchema>(schema: S): TOptional<S>;
    Object<P extends TProperties>(properties: P, options?: ObjectOptions): TObject<P>;
    /** The same object, and every property may be left out. */
    Partial<P extends TProperties>(
      object: TObject<P>,
      options?: ObjectOptions,
    ): TObject<{
      [Key in keyof P]: TOptional<P[Key]>;
    }>;
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

  /** What a function gets as its first argument. */
  export interface Context<Request = FunctionRequest | null> {
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
    readonly request: Request;
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
  export interface FunctionRequest<Body = null> {
    readonly method: string;
    readonly query: Readonly<Record<string, string | readonly string[]>>;
    readonly headers: Readonly<Record<string, string>>;
    readonly ip: string | null;
    /**
     * The bytes that came, for a function with `raw_body`; null for all others, which have the payload.
     * Called by another function or on a schedule, the bytes are the payload's JSON.
     */
    readonly body: Body;
  }

  export interface FunctionLog {
    debug(...values: unknown[]): void;
    info(...values: unknown[]): void;
    warning(...values: unknown[]): void;
    error(...values: unknown[]): void;
  }

  /**
   * The types of your collections by name: `record`, `create` and `update` for data that is read and
   * written, `expanded` for what references lead to. `tinybase.d.ts` fills it.
   */
  export interface Collections {}

  /** The input and output of your functions by name; `tinybase.d.ts` fills it. */
  export interface Functions {}

  type MemberOf<Types, Key extends string> = Types extends {
    readonly [K in Key]: infer Member;
  }
    ? Member
    : unknown;

  export interface Database {
    collection<Name extends keyof Collections & string>(
      name: Name,
    ): Collection<
      MemberOf<Collections[Name], 'record'>,
      MemberOf<Collections[Name], 'create'>,
      MemberOf<Collections[Name], 'update'>,
      MemberOf<Collections[Name], 'expanded'>
    >;
    /** For a name that is only known at run time; the type of its data is up to you. */
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
    | {
        readonly method: 'DELETE';
        readonly collection: string;
        readonly id: string;
      };

  export interface BatchResult<Data = Record<string, unknown>> {
    /** 201 created, 200 changed, 204 deleted. */
    readonly status: number;
    /** null for one that was deleted. */
    readonly record: RecordItem<Data> | null;
  }

  /** One collection. Every method throws TinyBaseError when the server refuses. */
  export interface Collection<Data, New = Data, Change = Changes<Data>, Expanded = AnyExpanded> {
    list<Field extends keyof Data = keyof Data>(
      query?: ListQuery<Field, keyof Expanded>,
    ): Promise<RecordPage<Pick<Data, Field>, Expanded>>;
    /** The record, or null when there is none. */
    get<Field extends keyof Data = keyof Data>(
      id: string,
      query?: GetQuery<Field, keyof Expanded>,
    ): Promise<RecordItem<Pick<Data, Field>, Expanded> | null>;
    create(data: New, options?: CreateOptions): Promise<RecordItem<Data>>;
    /** Replaces the named fields; null clears one. */
    update(id: string, changes: Change): Promise<RecordItem<Data>>;
    delete(id: string): Promise<void>;
    /** How many records there are, or how many a filter finds. */
    count(query?: CountQuery): Promise<number>;
  }

  export type Changes<Data> = {
    readonly [Key in keyof Data]?: Data[Key] | null;
  };

  export interface CountQuery {
    /** Such as `rating >= 3 && title ~ 'cat'`; texts in quotes. */
    readonly filter?: string;
  }

  export interface GetQuery<Field = string, Reference = string> {
    /** Only these fields of `data`. */
    readonly fields?: readonly Field[];
    /** Reference fields whose records come along under `expanded`. */
    readonly expand?: readonly Reference[];
  }

  export interface ListQuery<Field = string, Reference = string>
    extends CountQuery,
      GetQuery<Field, Reference> {
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

  /** An account, where a reference leads to one. */
  export interface User {
    readonly id: string;
    readonly email: string;
    readonly is_admin: boolean;
    readonly is_active: boolean;
    readonly email_verified: boolean;
    readonly created_at: string;
    readonly updated_at: string;
  }

  type AnyExpanded = Readonly<Record<string, RecordItem<Record<string, unknown>> | null>>;

  export interface RecordItem<Data, Expanded = AnyExpanded> {
    readonly id: string;
    readonly collection_id: string;
    readonly owner_id: string | null;
    readonly data: Data;
    /** By field, when the query asked to expand; null for what may not be read. */
    readonly expanded?: Expanded;
    readonly created_at: string;
    readonly updated_at: string;
  }

  export interface RecordPage<Data, Expanded = AnyExpanded> {
    readonly items: readonly RecordItem<Data, Expanded>[];
    /** null without count. */
    readonly total: number | null;
    /** Counted from 1; null behind a cursor. */
    readonly page: number | null;
    readonly page_size: number;
    /** For the next page; null at the end. */
    readonly next_cursor: string | null;
  }

  /** Nothing need be passed where anything goes. */
  type PayloadArguments<Input> = unknown extends Input ? [payload?: unknown] : [payload: Input];

  export interface FunctionCaller {
    /** Runs another function as a call of its own, in the caller's name. */
    call<Name extends keyof Functions & string>(
      name: Name,
      ...payload: PayloadArguments<MemberOf<Functions[Name], 'input'>>
    ): Promise<MemberOf<Functions[Name], 'output'>>;
    /** For a name that is only known at run time, or with a result of a type that you name. */
    call<Output = unknown, Name extends string = string>(
      name: Name extends keyof Functions ? never : Name,
      payload?: unknown,
    ): Promise<Output>;
  }

  /** An error meant for the caller: its message, status and data are answered as they are. */
  export class FunctionError extends Error {
    readonly name = 'FunctionError';
    /** 400 to 599. */
    readonly status: number;
    readonly data: unknown;
    constructor(status: number, message: string, data?: unknown);
  }

  /** What ctx.db and ctx.functions throw when the server refuses. */
  export class TinyBaseError extends Error {
    readonly name = 'TinyBaseError';
    /** A code of the API, such as not_found, conflict or invalid_input. */
    readonly code: string;
    /** With invalid_input: everything that is wrong. */
    readonly faults: readonly Fault[];
    constructor(code: string, message: string, faults?: readonly Fault[]);
  }

  export interface Fault {
    readonly loc: readonly (string | number)[];
    readonly msg: string;
    readonly type: string;
  }

  /** Headers by name; a list of values is for `set-cookie`. A `Headers` object is fine too. */
  export type AnswerHeaders =
    | Readonly<Record<string, string | readonly string[]>>
    | Iterable<readonly [name: string, value: string]>;

  /**
   * Returned by a function that answers by itself, for webhooks, files and redirects: the caller gets
   * this status, these headers and this body, without `call_id` and `result` around it. An `output`
   * schema does not apply to it. Headers of the connection, of CORS, of the whole origin and the cookie
   * `tb_session` are the server's. A page runs in a sandbox (`Content-Security-Policy: sandbox
   * allow-scripts …`): it cannot act as the user who is signed in to the admin app.
   */
  export class HttpAnswer {
    /** 200 to 599. */
    readonly status: number;
    readonly headers: AnswerHeaders;
    /** Text is sent as UTF-8. For JSON, write it yourself and set `content-type`. */
    readonly body: string | Uint8Array | ArrayBuffer | null;
    constructor(
      status: number,
      headers?: AnswerHeaders,
      body?: string | Uint8Array | ArrayBuffer | null,
    );
  }

  /** The part of https://standardschema.dev that is needed here: Zod, Valibot and ArkType all have it. */
  export interface StandardSchema<Input = unknown, Output = Input> {
    readonly '~standard': {
      readonly version: 1;
      readonly vendor: string;
      readonly validate: (
        value: unknown,
      ) => StandardResult<Output> | Promise<StandardResult<Output>>;
      readonly types?:
        | {
            readonly input: Input;
            readonly output: Output;
          }
        | undefined;
    };
  }

  type StandardResult<Output> =
    | {
        readonly value: Output;
        readonly issues?: undefined;
      }
    | {
        readonly issues: readonly StandardIssue[];
      };

  interface StandardIssue {
    readonly message: string;
    readonly path?:
      | readonly (
          | PropertyKey
          | {
              readonly key: PropertyKey;
            }
        )[]
      | undefined;
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

  export interface FunctionOptions<
    Input extends Schema | undefined = Schema | undefined,
    Output extends Schema | undefined = Schema | undefined,
    IsRaw extends boolean = boolean,
  > {
    /** The file's name when absent; a file with several functions must name each. */
    readonly name?: string;
    readonly description?: string;
    /** Who may call it; `auth` when absent. */
    readonly auth?: 'public' | 'auth' | 'admin';
    readonly input?: Input;
    readonly output?: Output;
    readonly tags?: readonly string[];
    /** To 3,600; the server's own limit when absent. */
    readonly timeout_seconds?: number;
    /**
     * True: a body of any content type is taken as it is and stands in `ctx.request.body`, for webhooks
     * and uploads. There is no payload then, and no `input`.
     */
    readonly raw_body?: IsRaw;
  }

  /** The context of a function with `raw_body`: there always is a request. */
  export type RawContext = Context<FunctionRequest<Uint8Array<ArrayBuffer>>>;

  export type Handler<Input, Output, IsRaw extends boolean = false> = (
    ctx: IsRaw extends true ? RawContext : Context,
    payload: IsRaw extends true ? undefined : PayloadOf<Input>,
  ) => ResultOf<Output> | HttpAnswer | Promise<ResultOf<Output> | HttpAnswer>;

  /** What register() answers; good for `export default` and for calling the handler in a test. */
  export interface RegisteredFunction<Input, Output, IsRaw extends boolean = false> {
    readonly options: FunctionOptions;
    readonly handler: Handler<Input, Output, IsRaw>;
  }

  /** Makes a function that TinyBase serves. Call it while the file loads. */
  export function register<
    const Input extends Schema | undefined = undefined,
    const Output extends Schema | undefined = undefined,
    const IsRaw extends boolean = false,
  >(
    options: FunctionOptions<Input, Output, IsRaw>,
    handler: Handler<Input, Output, IsRaw>,
  ): RegisteredFunction<Input, Output, IsRaw>;

  export {};
}

declare module 'tinybase/extensions' {
  import type { Collections, Database, FunctionCaller, FunctionLog } from 'tinybase';

  type MemberOf<Types, Key extends string> = Types extends {
    readonly [K in Key]: infer Member;
  }
    ? Member
    : unknown;

  /** What a handler gets as its second argument. */
  export interface ExtensionContext {
    /** The extension's name. */
    readonly extension: string;
    /** What an admin has set for this extension. */
    readonly settings: Readonly<Record<string, unknown>>;
    /** Writes to the server's log, with the extension's name. */
    readonly log: FunctionLog;
    /** Full rights. */
    readonly db: Database;
    readonly functions: FunctionCaller;
  }

  type AnyData = Record<string, unknown>;

  type RecordOf<Name extends keyof Collections> = MemberOf<Collections[Name], 'record'>;

  export interface StartupEvent {
    readonly name: string;
    readonly version: string;
  }

  export interface UserEvent {
    readonly id: string;
    readonly email: string;
    readonly is_admin: boolean;
  }

  interface WriteEvent {
    readonly collection: string;
    readonly id: string;
    /** Who asked for the write; null for nobody who is signed in. */
    readonly user_id: string | null;
    readonly request_id: string | null;
  }

  /** A record that was written. */
  export interface RecordEvent<Stored = AnyData> extends WriteEvent {
    /** What is stored now; of a deleted one what was. */
    readonly data: Stored;
    /** What was stored before, on update. */
    readonly old?: Stored;
  }

  /** A record that is about to be written. */
  export interface BeforeEvent<Stored = AnyData> extends WriteEvent {
    /** All that would be stored, not checked yet. What you change here is written instead. */
    data: Stored;
    /** What is stored now, on update. */
    readonly old?: Stored;
  }

  export interface FunctionCallEvent {
    readonly name: string;
    readonly call_id: string;
    readonly user_id: string | null;
    readonly payload?: unknown;
  }

  export interface FunctionCompleteEvent {
    readonly name: string;
    readonly call_id: string;
    readonly user_id: string | null;
    readonly status: 'succeeded' | 'failed';
    readonly duration_ms: number;
    readonly error_type: string | null;
  }

  type HookHandler<Event, Answer = unknown> = (event: Event, ctx: ExtensionContext) => Answer;

  type Hook<Event> = (handler: HookHandler<Event>) => void;

  interface FunctionHook<Event> {
    (handler: HookHandler<Event>): void;
    /** Of this function only. */
    (
      filter: {
        readonly name: string;
      },
      handler: HookHandler<Event>,
    ): void;
  }

  interface RecordHook {
    (handler: HookHandler<RecordEvent>): void;
    /** Of this collection only. */
    <Name extends keyof Collections & string>(
      filter: {
        readonly collection: Name;
      },
      handler: HookHandler<RecordEvent<RecordOf<Name>>>,
    ): void;
    <Stored extends object = AnyData>(
      filter: {
        readonly collection: string;
      },
      handler: HookHandler<RecordEvent<Stored>>,
    ): void;
  }

  /** Nothing, or the data that is to be written instead. */
  type NewData<Stored> = Stored | void | undefined | Promise<Stored | void | undefined>;

  interface BeforeHook {
    (handler: HookHandler<BeforeEvent, NewData<AnyData>>): void;
    /** Of this collection only. */
    <Name extends keyof Collections & string>(
      filter: {
        readonly collection: Name;
      },
      handler: HookHandler<BeforeEvent<RecordOf<Name>>, NewData<RecordOf<Name>>>,
    ): void;
    <Stored extends object = AnyData>(
      filter: {
        readonly collection: string;
      },
      handler: HookHandler<BeforeEvent<Stored>, NewData<Stored>>,
    ): void;
  }

  /** Thrown by a before-hook: refuses the write with this status and message. */
  export class HookError extends Error {
    readonly name = 'HookError';
    /** 400 to 599. */
    readonly status: number;
    constructor(status: number, message: string);
  }

  /** The extension has been loaded: at the start of the server, and whenever extensions are started anew. */
  export const on_startup: Hook<StartupEvent>;

  /** The extension is about to end; five seconds are left for all of them. */
  export const on_shutdown: Hook<StartupEvent>;

  export const on_user_login: Hook<UserEvent>;

  export const on_user_register: Hook<UserEvent>;

  export const on_record_create: RecordHook;

  export const on_record_update: RecordHook;

  export const on_record_delete: RecordHook;

  /** A call begins: its input fits and a worker has it. */
  export const on_function_call: FunctionHook<FunctionCallEvent>;

  export const on_function_complete: FunctionHook<FunctionCompleteEvent>;

  export const before_record_create: BeforeHook;

  export const before_record_update: BeforeHook;

  export const before_record_delete: BeforeHook;

  export {};
}

declare namespace NodeJS {
  interface ProcessEnv {
    [name: string]: string | undefined;
  }
  interface Process {
    /** What `functions.env` names, and nothing else of the server's environment. */
    env: ProcessEnv;
  }
}
/** For all that it has besides: tinybase functions add --dev @types/bun */
declare var process: NodeJS.Process;
