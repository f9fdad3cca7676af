import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { addVary } from './answer.ts';
import type { TrackedContext } from './request-context.ts';

/** Longer text is compressed in a thread: a megabyte takes the loop 2 ms. */
const IN_LOOP_LENGTH = 256 * 1024;
const LEVEL = 1;
const gzipInThread = promisify(gzip);

/**
 * Compresses long JSON when its caller can read that. Never under /api/auth: the length of a
 * compressed answer that holds both a secret and text of an attacker tells about the secret (BREACH).
 */
export function compressAnswer(
  request: Request,
  context: TrackedContext,
  answer: Response,
): Response | Promise<Response> {
  const text = context.longText;
  if (text === undefined || context.dressed !== answer) return answer;
  if (answer.headers.has('content-encoding') || isUnderAuth(request.url)) return answer;
  addVary(answer.headers, 'Accept-Encoding');
  if (!acceptsGzip(request.headers.get('accept-encoding'))) return answer;
  if (text.length < IN_LOOP_LENGTH)
    return toCompressed(context, answer, Bun.gzipSync(text, { level: LEVEL }));
  return gzipInThread(text, { level: LEVEL }).then((bytes) => toCompressed(context, answer, bytes));
}

function toCompressed(
  context: TrackedContext,
  { status, headers }: Response,
  bytes: Uint8Array<ArrayBuffer>,
): Response {
  headers.set('content-encoding', 'gzip');
  // The ETag stays as it is: it names a revision, and If-Match would refuse a weak one.
  const compressed = new Response(bytes, { status, headers });
  context.dressed = compressed;
  return compressed;
}

function isUnderAuth(url: string): boolean {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  return url.startsWith('/api/auth', start);
}

/** True when gzip is named, or anything is welcome, and not with quality 0. */
function acceptsGzip(header: string | null): boolean {
  if (header === null) return false;
  for (const entry of header.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim());
    if (coding === 'gzip' || coding === '*')
      return !parameters.some((parameter) => /^q *= *0(\.0*)?$/.test(parameter));
  }
  return false;
}
