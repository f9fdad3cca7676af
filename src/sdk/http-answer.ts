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
    headers: AnswerHeaders = {},
    body: string | Uint8Array | ArrayBuffer | null = null,
  ) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}
