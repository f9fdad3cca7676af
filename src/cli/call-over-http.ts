import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError } from '../core/errors.ts';
import { refusedPayload } from './call-refusal.ts';
import type { ShownCall } from './call-result.ts';

export interface HttpCall {
  readonly url: string;
  readonly token: string | undefined;
  readonly name: string;
  readonly payload: unknown;
  /** Console lines are asked for. */
  readonly hasLogs: boolean;
}

const Logs = Type.Optional(Type.Array(Type.String()));
const Succeeded = Type.Object({
  call_id: Type.String(),
  status: Type.Literal('succeeded'),
  result: Type.Unknown(),
  logs: Logs,
});
const Failed = Type.Object({
  call_id: Type.String(),
  status: Type.Literal('failed'),
  error: Type.String(),
  error_type: Type.String(),
  data: Type.Optional(Type.Unknown()),
  logs: Logs,
});
const Refused = Type.Object({ detail: Type.String(), code: Type.String() });
const Faults = Type.Object({
  detail: Type.Array(
    Type.Object({
      loc: Type.Array(Type.Union([Type.String(), Type.Number()])),
      msg: Type.String(),
      type: Type.String(),
    }),
  ),
});

/** Calls a function of a running server. */
export async function callOverHttp({
  url,
  token,
  name,
  payload,
  hasLogs,
}: HttpCall): Promise<ShownCall> {
  const response = await send(toAddress(url, name, hasLogs), {
    method: 'POST',
    headers: {
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
    // The token is for this server and no other.
    redirect: 'error',
  });
  const text = await response.text();
  const body = parse(text);
  if (Value.Check(Succeeded, body)) return { ...body, logs: body.logs ?? [] };
  if (Value.Check(Failed, body))
    return { ...body, stack: null, data: body.data ?? null, logs: body.logs ?? [] };
  if (Value.Check(Faults, body)) throw refusedPayload(name, body.detail);
  if (!response.ok) {
    const reason = Value.Check(Refused, body) ? body.detail : text.slice(0, 200);
    throw new AppError(
      'unavailable',
      `${new URL(url).host} answered ${response.status}: ${reason}`,
    );
  }
  const headers = [...response.headers];
  return {
    status: 'answered',
    call_id: null,
    http_status: response.status,
    headers,
    body: text,
    logs: [],
  };
}

function toAddress(url: string, name: string, hasLogs: boolean): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (base?.protocol !== 'http:' && base?.protocol !== 'https:')
    throw new AppError(
      'invalid_input',
      `--url must be an address such as https://api.example.com, got ${url}.`,
    );
  const folder = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`;
  const address = new URL(`${folder}api/functions/${encodeURIComponent(name)}`, base);
  if (hasLogs) address.searchParams.set('logs', 'true');
  return address;
}

async function send(address: URL, request: RequestInit): Promise<Response> {
  try {
    // The function has its own time-out on the server.
    return await fetch(address, { ...request, timeout: false });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('unavailable', `${address.host} cannot be reached: ${reason}`, {
      cause: error,
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
