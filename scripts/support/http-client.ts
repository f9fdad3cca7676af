export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON, the text when it is none, undefined when there is no content. */
  // biome-ignore lint/suspicious/noExplicitAny: tests and demos look into answers of many shapes
  readonly body: any;
}

export interface Client {
  readonly url: string;
  readonly token: string | undefined;
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  patch(path: string, body?: unknown): Promise<Answer>;
  delete(path: string, body?: unknown): Promise<Answer>;
  /** The same server with somebody else's token. */
  as(token: string | undefined): Client;
}

/** A small HTTP client: JSON in and out, a status is an answer and never an exception. */
export function createClient(url: string, token?: string): Client {
  const request: Client['request'] = async (method, path, body, headers = {}) =>
    readAnswer(
      await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined || isRaw(body) ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
      }),
    );
  return {
    url,
    token,
    request,
    get: (path) => request('GET', path),
    post: (path, body) => request('POST', path, body),
    patch: (path, body) => request('PATCH', path, body),
    delete: (path, body) => request('DELETE', path, body),
    as: (other) => createClient(url, other),
  };
}

/** Strings and bytes are sent as they are, so that malformed bodies can be tested. */
function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parseBody(text) };
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The answer's body, or an exception that shows what came instead of the expected status. */
export function expectStatus(answer: Answer, status: number, what: string): Answer['body'] {
  if (answer.status !== status) {
    throw new Error(
      `${what}: expected ${status}, got ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 600)}`,
    );
  }
  return answer.body;
}
