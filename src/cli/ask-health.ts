import { get } from 'node:http';
import { get as getSecurely } from 'node:https';

export type Health =
  | { readonly status: 'ok'; readonly version: string; readonly ms: number }
  | { readonly status: 'failed'; readonly reason: string };

/** More than any answer of /health. */
const MAX_ANSWER = 10_000;

/** Asks a server for /health. Never throws, and never takes longer than it may. */
export function askHealth(address: URL, timeoutMs: number): Promise<Health> {
  const started = performance.now();
  return new Promise((resolve) => {
    const fail = (reason: string) => {
      clearTimeout(timer);
      resolve({ status: 'failed', reason });
    };
    // Not fetch: that would ask the proxy which HTTP_PROXY names, also for this very machine.
    const request = (address.protocol === 'https:' ? getSecurely : get)(
      address,
      { agent: false, headers: { accept: 'application/json' } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (piece: string) => {
          text += piece;
          if (text.length > MAX_ANSWER) answer.destroy();
        });
        answer.on('error', (error) => fail(explain(error)));
        answer.on('close', () => fail('the answer broke off'));
        answer.on('end', () => {
          clearTimeout(timer);
          const ms = performance.now() - started;
          resolve(read(answer.statusCode ?? 0, text, ms));
        });
      },
    );
    const timer = setTimeout(() => {
      fail(`no answer within ${timeoutMs / 1_000} s`);
      request.destroy();
    }, timeoutMs);
    request.on('error', (error) => fail(explain(error)));
  });
}

function read(status: number, text: string, ms: number): Health {
  if (status !== 200) return { status: 'failed', reason: `it answered ${status}` };
  const body = parse(text);
  if (body.status !== 'ok' || typeof body.version !== 'string')
    return { status: 'failed', reason: 'something else than TinyBase answered' };
  return { status: 'ok', version: body.version, ms: Math.round(ms * 10) / 10 };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function explain(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ECONNREFUSED':
    case 'ConnectionRefused':
      return 'nobody listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'this name is not known';
    default:
      return typeof code === 'string' ? code : error.message;
  }
}
