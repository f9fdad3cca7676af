import { openAsBlob } from 'node:fs';
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError } from '../core/errors.ts';
import type { Environment } from './deploy-environment.ts';
import { toVisible } from './output.ts';
import { StoppedError } from './stopped-error.ts';

export interface SendOptions<Answer extends TSchema> {
  /** What this program reads of the answer. */
  readonly answer: Answer;
  readonly method: 'GET' | 'POST';
  /** Below the address of the environment. */
  readonly path: string;
  /** A file, sent as it is read. */
  readonly archive?: string;
  /** Told which part of the archive has been sent, from 0 to 1. */
  readonly onSent?: (part: number) => void;
  /** Aborted by whoever does not want it any more. */
  readonly signal: AbortSignal;
}

/** How long a server may be silent: it installs packages before it answers. */
const ANSWER_MS = 15 * 60_000;

/** Sends a request to the server of an environment; throws a sentence for every answer but a good one. */
export async function sendToEnvironment<Answer extends TSchema>(
  { name, url, token }: Environment,
  { answer, method, path, archive, onSent, signal }: SendOptions<Answer>,
): Promise<Static<Answer>> {
  const late = AbortSignal.timeout(ANSWER_MS);
  let response: Response;
  let text: string;
  try {
    const body = archive === undefined ? undefined : await openArchive(archive, onSent);
    response = await fetch(`${url}${path}`, {
      method,
      // A token goes to the server that was named, and to no other.
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}`, ...body?.headers },
      ...(body === undefined ? {} : { body: body.stream }),
      // Bun's own limit is 5 minutes.
      timeout: false,
      signal: AbortSignal.any([signal, late]),
    });
    text = await response.text();
  } catch (error) {
    if (signal.aborted) throw new StoppedError('Stopped.');
    throw new AppError('unavailable', explain(url, error, late.aborted), { cause: error });
  }
  if (!response.ok) throw toError({ name, url }, response, text);
  const body = parse(text);
  if (Value.Check(answer, body)) return body;
  throw new AppError(
    'unavailable',
    `${url} answered, but not as TinyBase does: is environments.${name}.url the right address?`,
  );
}

async function openArchive(path: string, onSent: ((part: number) => void) | undefined) {
  const blob = await openAsBlob(path);
  const reader = blob.stream().getReader();
  let sent = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        sent += value.length;
        onSent?.(sent / blob.size);
        controller.enqueue(value);
      },
      cancel: () => reader.cancel(),
    },
    // Nothing is read before it can be sent.
    { highWaterMark: 0 },
  );
  const headers = { 'content-type': 'application/gzip', 'content-length': String(blob.size) };
  return { stream, headers };
}

/** Why there was no answer. */
function explain(url: string, error: unknown, isLate: boolean): string {
  if (isLate) return `${url} did not answer within ${ANSWER_MS / 60_000} minutes.`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const { host } = new URL(url);
  if (code === 'ECONNREFUSED' || code === 'ConnectionRefused')
    return `Nothing answers at ${url}: is the server running?`;
  if (/NOTFOUND|EAI_AGAIN/.test(code)) return `There is no host of this name: ${host}.`;
  if (/CERT|SELF_SIGNED|UNABLE_TO|DEPTH_ZERO|ALTNAME/.test(code))
    return `The certificate of ${host} is not trusted (${code}): nothing was sent.`;
  if (/EPROTO|SSL|TLS/.test(code))
    return `${host} does not speak TLS: is the address http://${host}?`;
  if (/TIMEDOUT|UNREACH/.test(code)) return `${host} cannot be reached (${code}).`;
  if (/RESET|EPIPE|CLOSED|ConnectionClosed/i.test(code))
    return `${host} broke the connection off (${code}).`;
  return `${url} cannot be reached (${code === '' ? String(error) : code}).`;
}

/** What the server said, as an error of this program. */
function toError(
  { name, url }: Pick<Environment, 'name' | 'url'>,
  { status, headers }: Response,
  text: string,
): AppError {
  const said = readDetail(text).map(toVisible);
  if (status === 401)
    return new AppError(
      'unauthenticated',
      `${url} does not know the token of environments.${name}.api_token: it is wrong, has expired or was deleted.`,
    );
  if (status >= 300 && status < 400)
    return new AppError(
      'conflict',
      `${url} redirects to ${headers.get('location') ?? 'nowhere'}: write the address that it should be into environments.${name}.url.`,
    );
  if (said.length > 0)
    return new AppError(status === 403 ? 'forbidden' : 'conflict', said.join('\n'));
  if (status === 413)
    return new AppError('too_large', `${url} takes no archive of this size (413).`);
  return new AppError('unavailable', `${url} answered ${status} without saying why.`);
}

/** The reasons of an error answer, a line each: `functions/a.ts:3: what is wrong`. */
function readDetail(text: string): string[] {
  const body = parse(text);
  if (!Value.Check(Refused, body)) return [];
  const { detail } = body;
  if (typeof detail === 'string') return [detail];
  return detail.map(({ loc, msg }) => [...loc.slice(1), ''].join(':').replace(/:$/, ': ') + msg);
}

const Refused = Type.Object({
  detail: Type.Union([
    Type.String(),
    Type.Array(
      Type.Object({
        loc: Type.Array(Type.Union([Type.String(), Type.Number()])),
        msg: Type.String(),
      }),
    ),
  ]),
});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
