import type { AnsweredCall } from './messages.ts';

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const MAX_HEADERS = 100;
/** Proxies refuse what is longer. */
const MAX_HEADER_CHARS = 16 * 1024;

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** No line break can end the header early and begin one of an attacker, or a second answer. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const COOKIE_NAME = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=/;
const SESSION_COOKIE = 'tb_session';

/** Browsers take its parts for answers of their own, with headers of their own. */
const MIXED = /^ *multipart\/x-mixed-replace/i;

const OF_CONNECTION = 'belongs to the connection, which the server looks after';
const OF_SERVER = 'is set by the server';
const OF_ORIGIN = 'would count for the whole server, not only for this answer';
const REFUSED: Readonly<Record<string, string>> = {
  connection: OF_CONNECTION,
  'content-length': OF_CONNECTION,
  date: OF_CONNECTION,
  'keep-alive': OF_CONNECTION,
  'proxy-connection': OF_CONNECTION,
  te: OF_CONNECTION,
  trailer: OF_CONNECTION,
  'transfer-encoding': OF_CONNECTION,
  upgrade: OF_CONNECTION,
  'x-content-type-options': OF_SERVER,
  'x-frame-options': OF_SERVER,
  'x-request-id': OF_SERVER,
  'alt-svc': OF_ORIGIN,
  'clear-site-data': OF_ORIGIN,
  nel: OF_ORIGIN,
  'origin-agent-cluster': OF_ORIGIN,
  'report-to': OF_ORIGIN,
  'service-worker-allowed': OF_ORIGIN,
  'strict-transport-security': OF_ORIGIN,
};

/**
 * Says what is wrong with an HttpAnswer, as the end of a sentence. Asked in the worker, so that the
 * author reads it, and in the server, which trusts no worker.
 */
export function findAnswerFault({
  http_status: status,
  headers,
  body,
}: Omit<AnsweredCall, 'status'>): string | undefined {
  if (!Number.isInteger(status) || status < 200 || status > 599)
    return `has the status ${String(status)}: 200 to 599 are possible`;
  if (isBodyless(status) && body.length > 0)
    return `has a body, which an answer with status ${status} cannot have`;
  // Text takes at least as many bytes as it has characters: only what may fit is measured.
  if (body.length > MAX_BODY_BYTES || Buffer.byteLength(body) > MAX_BODY_BYTES)
    return 'has a body larger than 64 MB';
  return findHeadersFault(headers);
}

function isBodyless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

function findHeadersFault(headers: AnsweredCall['headers']): string | undefined {
  if (headers.length > MAX_HEADERS) return `has more than ${MAX_HEADERS} headers`;
  const seen = new Set<string>();
  let chars = 0;
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const fault = findHeaderFault(key, value);
    if (fault) return `has the header ${JSON.stringify(name.slice(0, 100))}, which ${fault}`;
    // Two content types, say, are read differently by a proxy and by a browser.
    if (seen.has(key) && key !== 'set-cookie') return `has the header ${name} twice`;
    seen.add(key);
    chars += name.length + value.length;
  }
  return chars > MAX_HEADER_CHARS ? 'has headers of more than 16 KB' : undefined;
}

function findHeaderFault(name: string, value: string): string | undefined {
  if (!HEADER_NAME.test(name)) return 'is no name of a header';
  if (!HEADER_VALUE.test(value))
    return 'holds a line break, a control character or one beyond Latin-1';
  if (name.startsWith('access-control-'))
    return 'is set by the server, from cors in its configuration';
  if (name === 'set-cookie') return findCookieFault(value);
  if (name === 'content-type' && MIXED.test(value))
    return 'is of a kind whose parts would leave the sandbox of the answer';
  return Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
}

/** A cookie without a name is sent back as its bare value, which may well read `tb_session=…`. */
function findCookieFault(value: string): string | undefined {
  const name = COOKIE_NAME.exec(value)?.[1];
  if (name === undefined) return 'must begin with the name of a cookie and =';
  return name.toLowerCase() === SESSION_COOKIE
    ? `would replace ${SESSION_COOKIE}, the session of the server itself`
    : undefined;
}
