import { Elysia } from 'elysia';
import { type TrackedContext, trackedContext } from './request-context.ts';
import { withoutSource } from './without-source.ts';

export interface AnswerOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Shorter JSON is not worth compressing. */
const COMPRESS_FROM_LENGTH = 4096;

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "frame-ancestors 'none'",
  'x-frame-options': 'DENY',
} as const;

// Copying prepared Headers is three times as fast as filling new ones, and this runs for every answer.
const template = new Headers({ 'content-type': 'application/json', ...SECURITY_HEADERS });
const templateInit = { headers: template };

/** Answers JSON that is text already, such as a stored record. */
export function jsonAnswer(request: Request, text: string, options?: AnswerOptions): Response {
  const context = trackedContext(request);
  template.set('x-request-id', context.id);
  const response =
    options?.status === undefined
      ? new Response(text, templateInit)
      : new Response(text, { status: options.status, headers: template });
  if (options?.headers !== undefined)
    for (const name in options.headers) response.headers.set(name, options.headers[name] ?? '');
  // The server compresses it at the very end: whatever comes between may still look at the body.
  if (text.length >= COMPRESS_FROM_LENGTH) context.longText = text;
  context.dressed = response;
  return response;
}

export interface StreamOptions extends Pick<AnswerOptions, 'headers'> {
  /** Told why it broke off: nobody else hears of it. */
  readonly onError: (error: unknown) => void;
}

/**
 * Answers text that is made piece by piece, each when the caller has taken those before. An error in the
 * middle breaks the connection, so that nobody takes what came until then for the whole.
 */
export function streamAnswer(
  request: Request,
  pieces: AsyncGenerator<{ readonly text: string }, void>,
  options: StreamOptions,
): Response {
  return bytesAnswer(request, encode(pieces), options);
}

async function* encode(pieces: AsyncGenerator<{ readonly text: string }, void>) {
  const encoder = new TextEncoder();
  for await (const { text } of pieces) yield encoder.encode(text);
}

/** The same for bytes, such as those of a file. */
export function bytesAnswer(
  request: Request,
  chunks: AsyncIterable<Uint8Array>,
  { headers = {}, onError }: StreamOptions,
): Response {
  const context = trackedContext(request);
  context.expectStream();
  const source = chunks[Symbol.asyncIterator]();
  let isGone = false;
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const chunk = await source.next();
          // Whoever left while it was made breaks nothing.
          if (isGone) return;
          if (chunk.done) controller.close();
          else controller.enqueue(chunk.value);
        } catch (error) {
          onError(error);
          controller.error(error);
        }
      },
      async cancel() {
        isGone = true;
        await source.return?.();
      },
    },
    // Nothing is made before somebody asks for it.
    { highWaterMark: 0 },
  );
  return dressAnswer(context, new Response(stream, { headers: { ...headers } }));
}

/** Adds the headers that every answer carries, unless the route set them itself. */
export function dressAnswer(context: TrackedContext, response: Response): Response {
  if (context.dressed === response) return response;
  const { headers } = response;
  for (const name in SECURITY_HEADERS)
    if (!headers.has(name))
      headers.set(name, SECURITY_HEADERS[name as keyof typeof SECURITY_HEADERS]);
  headers.set('x-request-id', context.id);
  context.dressed = response;
  return response;
}

/** What Elysia's `set` holds, as far as answers are concerned. */
export interface SetOfAnswer {
  headers: Record<string, unknown>;
  status?: number | string;
}

/**
 * Moves what was put into Elysia's `set` to the answer. Elysia would do so by making a second
 * Response around the first one's body, which turns it into a stream.
 */
export function takeOverSet(response: Response, set: SetOfAnswer): void {
  for (const name in set.headers) {
    const value = set.headers[name];
    if (value === undefined || value === null) continue;
    if (name === 'set-cookie')
      for (const cookie of Array.isArray(value) ? value : [value])
        response.headers.append(name, String(cookie));
    else if (name === 'vary') addVary(response.headers, String(value));
    else if (!response.headers.has(name) || name === 'content-security-policy')
      response.headers.set(name, String(value));
  }
  set.headers = {};
  set.status = 200;
}

/** Names one more request header that the answer depends on. */
export function addVary(headers: Headers, name: string): void {
  const found = headers.get('vary');
  if (found === null) headers.set('vary', name);
  else if (!found.toLowerCase().split(/, */).includes(name.toLowerCase()))
    headers.set('vary', `${found}, ${name}`);
}

/**
 * Turns what handlers return, or promise, into answers: plain values as JSON, with the headers of `set`.
 * `toAnswer` is for a promise that fails, which Elysia would not tell its error handler.
 */
export function createAnswers(toAnswer: (request: Request, error: unknown) => Response) {
  function answer(request: Request, value: unknown, set: SetOfAnswer): Response | undefined {
    const found =
      value instanceof Response
        ? value
        : isPlain(value)
          ? jsonAnswer(request, JSON.stringify(value), statusOf(set))
          : undefined;
    if (found !== undefined) takeOverSet(found, set);
    return found;
  }

  return new Elysia({ name: 'answers' }).mapResponse(
    { as: 'global' },
    withoutSource(({ request, responseValue, set }) => {
      const value: unknown = responseValue;
      return value instanceof Promise
        ? value.then(
            (settled) => answer(request, settled, set) ?? settled,
            (error: unknown) => answer(request, toAnswer(request, error), set),
          )
        : answer(request, value, set);
    }),
  );
}

function statusOf({ status }: SetOfAnswer): AnswerOptions | undefined {
  return status === undefined || status === 200 ? undefined : { status: Number(status) };
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
