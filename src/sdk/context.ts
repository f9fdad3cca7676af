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
// biome-ignore lint/suspicious/noEmptyInterface: an interface, because only those can be added to
export interface Collections {}

/** The input and output of your functions by name; `tinybase.d.ts` fills it. */
// biome-ignore lint/suspicious/noEmptyInterface: an interface, because only those can be added to
export interface Functions {}

export interface Database {
  collection<Name extends keyof Collections & string>(name: Name): Collection<Collections[Name]>;
  collection<Data extends object = Record<string, unknown>>(name: string): Collection<Data>;
}

/** One collection. Every method throws TinyBaseError when the server refuses. */
export interface Collection<Data> {
  list(query?: ListQuery): Promise<RecordPage<Data>>;
  /** The record, or null when there is none. */
  get(id: string): Promise<RecordItem<Data> | null>;
  create(data: Data, options?: CreateOptions): Promise<RecordItem<Data>>;
  /** Replaces the named fields; null clears one. */
  update(id: string, changes: Changes<Data>): Promise<RecordItem<Data>>;
  delete(id: string): Promise<void>;
  count(): Promise<number>;
}

export type Changes<Data> = { readonly [Key in keyof Data]?: Data[Key] | null };

export interface ListQuery {
  /** 1 to 1000; 100 when absent. */
  readonly limit?: number;
  readonly offset?: number;
  /** Such as `-rating,title`. */
  readonly sort?: string;
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
  readonly created_at: string;
  readonly updated_at: string;
}

export interface RecordPage<Data> {
  readonly items: readonly RecordItem<Data>[];
  readonly total: number;
  /** Counted from 1. */
  readonly page: number;
  readonly page_size: number;
}

type InputOf<F> = F extends { readonly input: infer Input } ? Input : unknown;
type OutputOf<F> = F extends { readonly output: infer Output } ? Output : unknown;

export interface FunctionCaller {
  /** Runs another function as a call of its own, in the caller's name. */
  call<Name extends keyof Functions & string>(
    name: Name,
    payload: InputOf<Functions[Name]>,
  ): Promise<OutputOf<Functions[Name]>>;
  call<Output = unknown>(name: string, payload?: unknown): Promise<Output>;
}
