import { afterEach } from 'bun:test';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}
type Answer = Response | 'no answer';

const REAL = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = REAL;
});

/** Stands in for the server: what it is asked is kept, and `answer` says what comes back. */
export function answerWith(answer: (asked: Asked) => Answer | Promise<Answer>): readonly Asked[] {
  const all: Asked[] = [];
  const stub = async (url: string, init?: RequestInit): Promise<Response> => {
    const body = typeof init?.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined;
    const asked = { method: init?.method ?? 'GET', path: url, body };
    all.push(asked);
    const given = await answer(asked);
    if (given === 'no answer') throw new TypeError('Failed to fetch');
    return given;
  };
  globalThis.fetch = stub as typeof fetch;
  return all;
}

export function json(body: unknown, status = 200): Response {
  return Response.json(body, { status });
}

export function refusal(status: number, code: string): Response {
  return json({ detail: `Refused as ${code}.`, code }, status);
}
