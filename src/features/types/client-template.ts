// biome-ignore-all lint/suspicious/noEmptyInterface: `tinybase types` writes what they hold
export interface Collections {}
export interface Functions {}

// ---- The client ----

type MemberOf<Types, Key extends string> = Types extends { readonly [K in Key]: infer Member }
  ? Member
  : unknown;

export interface User {
  readonly id: string;
  readonly email: string;
  readonly is_admin: boolean;
  readonly is_active: boolean;
  readonly email_verified: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface RecordItem<Data, Expanded = Record<string, unknown>> {
  readonly id: string;
  readonly collection_id: string;
  readonly owner_id: string | null;
  readonly data: Data;
  /** With `expand`: what a reference leads to; null where you may not read it. */
  readonly expanded?: Expanded;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface RecordPage<Data, Expanded> {
  readonly items: RecordItem<Data, Expanded>[];
  /** null with `count: false`. */
  readonly total: number | null;
  /** From 1; null behind a cursor. */
  readonly page: number | null;
  readonly page_size: number;
  /** The `cursor` of the next page; null at the end. */
  readonly next_cursor: string | null;
}

export interface GetQuery<Field, Reference> {
  /** Narrows `data` to these. */
  readonly fields?: readonly Field[] | undefined;
  /** References whose targets come along under `expanded`. */
  readonly expand?: readonly Reference[] | undefined;
}

export interface ListQuery<Field, Reference, Data> extends GetQuery<Field, Reference> {
  /** Such as `rating >= 3 && title ~ 'cat'`. Never put foreign text into it: see `where`. */
  readonly filter?: string | undefined;
  /** Fields that have exactly these values, whatever signs are in them. */
  readonly where?: { readonly [Key in keyof Data]?: string | number | boolean } | undefined;
  /** Such as `-rating,title`; the newest first when absent. */
  readonly sort?: string | undefined;
  /** 1 to 1000; 100 when absent. */
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  /** The `next_cursor` of the page before, with the same filter and sort. */
  readonly cursor?: string | undefined;
  readonly count?: boolean | 'exact' | undefined;
}

type BatchOf<Name, Types> =
  | { method: 'POST'; collection: Name; data: MemberOf<Types, 'create'>; id?: string }
  | { method: 'PATCH'; collection: Name; id: string; data: MemberOf<Types, 'update'> }
  | { method: 'DELETE'; collection: Name; id: string };
export type BatchRequest = {
  [Name in keyof Collections]: BatchOf<Name, Collections[Name]>;
}[keyof Collections];
export interface BatchResult {
  readonly status: 201 | 200 | 204;
  readonly record: RecordItem<unknown> | null;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}
type CallArguments<Input> = unknown extends Input
  ? [input?: Input, options?: CallOptions]
  : [input: Input, options?: CallOptions];
export type FunctionCalls = {
  readonly [Name in keyof Functions]: (
    ...call: CallArguments<MemberOf<Functions[Name], 'input'>>
  ) => Promise<MemberOf<Functions[Name], 'output'>>;
};

export interface Fault {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** The server refused. */
export class TinyBaseError extends Error {
  override readonly name = 'TinyBaseError';
  readonly status: number;
  /** Such as not_found, conflict, invalid_input or function_failed. */
  readonly code: string;
  /** Of the call of a function that failed; null for anything else. */
  readonly call_id: string | null;
  /** A sentence; with invalid_input everything that is wrong. */
  readonly detail: string | readonly Fault[];
  /** What a FunctionError carries. */
  readonly data: unknown;

  constructor(status: number, answer: unknown) {
    const body = (
      typeof answer === 'object' && answer !== null ? answer : {}
    ) as Partial<TinyBaseError>;
    const detail = body.detail ?? `The server answered ${status}.`;
    const faults = typeof detail === 'string' ? [] : detail;
    super(faults.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ') || String(detail));
    this.status = status;
    this.code = body.code ?? `http_${status}`;
    this.call_id = body.call_id ?? null;
    this.detail = detail;
    this.data = body.data;
  }
}

export interface ClientOptions {
  /** Of a session, or an API token. */
  readonly token?: string | null | undefined;
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

export type Client = ReturnType<typeof createClient>;

export function createClient(url: string, options: ClientOptions = {}) {
  const base = url.replace(/\/+$/, '');
  let token = options.token ?? null;

  /** As `fetch`, with a path of the server and the token: for anything without a method here. */
  function request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token !== null && !headers.has('authorization'))
      headers.set('authorization', `Bearer ${token}`);
    return (options.fetch ?? fetch)(base + path, { ...init, headers });
  }

  async function send<T>(method: string, path: string, body?: unknown, more?: CallOptions) {
    const init: RequestInit = { method, signal: more?.signal ?? null };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (body !== undefined) init.headers = { 'content-type': 'application/json' };
    const response = await request(path, init);
    const answer = parse(await response.text());
    if (!response.ok) throw new TinyBaseError(response.status, answer);
    return answer as T;
  }

  function collection<Name extends keyof Collections & string>(name: Name) {
    type Data = MemberOf<Collections[Name], 'record'>;
    type Expanded = MemberOf<Collections[Name], 'expanded'>;
    type Item = RecordItem<Data, Expanded>;
    const path = `/api/collections/${name}/records`;
    const pathOf = (id: string) => `${path}/${encodeURIComponent(id)}`;
    return {
      list: <Field extends keyof Data = keyof Data>({
        where = {},
        ...query
      }: ListQuery<Field, keyof Expanded, Data> = {}) => {
        const equal = Object.entries(where).map(([key, value]) => [`filter[${key}]`, value]);
        const all = { ...query, ...Object.fromEntries(equal) };
        return send<RecordPage<Pick<Data, Field>, Expanded>>('GET', path + toQuery(all));
      },
      /** The record, or null when there is none that you may read. */
      get: <Field extends keyof Data = keyof Data>(
        id: string,
        query: GetQuery<Field, keyof Expanded> = {},
      ) =>
        send<RecordItem<Pick<Data, Field>, Expanded>>('GET', pathOf(id) + toQuery(query)).catch(
          (error: unknown) => {
            if (error instanceof TinyBaseError && error.code === 'not_found') return null;
            throw error;
          },
        ),
      /** With an id of your own, a UUIDv7, it is safe to try again. */
      create: (data: MemberOf<Collections[Name], 'create'>, query: { readonly id?: string } = {}) =>
        send<Item>('POST', path + toQuery(query), data),
      /** Replaces the named fields; null clears one. */
      update: (id: string, changes: MemberOf<Collections[Name], 'update'>) =>
        send<Item>('PATCH', pathOf(id), changes),
      delete: async (id: string): Promise<void> => {
        await send('DELETE', pathOf(id));
      },
    };
  }

  /** Resolves to what the function returned. */
  async function call(name: string, input?: unknown, more?: CallOptions): Promise<unknown> {
    const path = `/api/functions/${encodeURIComponent(name)}`;
    const answer = await send<{ status?: string; call_id?: string; result?: unknown } | null>(
      'POST',
      path,
      input,
      more,
    );
    // A function may answer by itself, without the envelope.
    return answer?.call_id && answer.status === 'succeeded' ? answer.result : answer;
  }

  return {
    get token(): string | null {
      return token;
    },
    set token(value: string | null) {
      token = value;
    },
    request,
    collection,
    /** Up to 500 changes that happen together or not at all. */
    batch: async (requests: readonly BatchRequest[]) =>
      (await send<{ results: BatchResult[] }>('POST', '/api/batch', { requests })).results,
    functions: new Proxy({} as FunctionCalls, {
      // Whatever waits for this object asks it for `then` first.
      get: (_, name) =>
        typeof name === 'symbol' || name === 'then' ? undefined : call.bind(null, name),
    }),
    auth: {
      register: (account: { email: string; password: string }) =>
        send<Pick<User, 'id' | 'email' | 'is_admin' | 'created_at'>>(
          'POST',
          '/api/auth/register',
          account,
        ),
      /** The token is kept and sent from now on. */
      login: async (account: { email: string; password: string }) => {
        type Session = Pick<User, 'id' | 'email' | 'is_admin'>;
        const answer = await send<{ token: string; expires_at: string; user: Session }>(
          'POST',
          '/api/auth/login',
          account,
        );
        token = answer.token;
        return answer;
      },
      logout: async (): Promise<void> => {
        await send('POST', '/api/auth/logout');
        token = null;
      },
      me: () => send<User>('GET', '/api/auth/me'),
    },
  };
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

/** Lists of names are comma separated; what is not there is left out. */
function toQuery(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(given.map(([key, value]): [string, string] => [key, String(value)]))}`;
}
