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
// biome-ignore lint/suspicious/noEmptyInterface: an interface, because only those can be added to
export interface Collections {}

/** The input and output of your functions by name; `tinybase.d.ts` fills it. */
// biome-ignore lint/suspicious/noEmptyInterface: an interface, because only those can be added to
export interface Functions {}

export type MemberOf<Types, Key extends string> = Types extends {
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
  | { readonly method: 'DELETE'; readonly collection: string; readonly id: string };

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

export type Changes<Data> = { readonly [Key in keyof Data]?: Data[Key] | null };

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
