import { expect, test } from 'bun:test';
import { readAnswer } from '../../scripts/support/http-client.ts';

/** One request and what must come back. A table of them reads like the contract. */
export interface Scenario {
  readonly name: string;
  /** `{name}` in the path and in strings of the body stands for a value kept by an earlier scenario. */
  readonly request: readonly [
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ];
  /** Who asks; anonymous when left out. */
  readonly as?: string;
  readonly status: number;
  /** What the JSON answer must at least hold (toMatchObject), the exact text, or a check of one's own. */
  readonly body?: unknown;
  /** The JSON answer has these keys and no other. */
  readonly keys?: readonly string[];
  /** Headers: the exact value, a pattern, or null for absent. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>;
  /** Keeps parts of the answer for later scenarios: name → path in the body, such as `items.0.id`. */
  readonly keep?: Readonly<Record<string, string>>;
}

/** Where requests go: an app in memory, or a server on a port. */
export interface Target {
  handle(request: Request): Promise<Response> | Response;
  /** The bearer token of somebody named in `as`. */
  token(who: string): string;
  /** What scenarios keep and placeholders stand for. */
  readonly values?: Map<string, string>;
}

/** Makes one test per row, in order, all on the same target. */
export function scenarios(
  target: () => Target | Promise<Target>,
  table: readonly Scenario[],
): void {
  const values = new Map<string, string>();
  for (const scenario of table) {
    test(scenario.name, async () => {
      await runScenario(await target(), scenario, values);
    });
  }
}

/** Sends the scenario's request and checks the answer. */
export async function runScenario(
  target: Target,
  scenario: Scenario,
  fallback: Map<string, string> = new Map(),
): Promise<void> {
  const values = target.values ?? fallback;
  const response = await target.handle(toRequest(target, scenario, values));
  const answer = await readAnswer(response);
  const context = `${scenario.request[0]} ${scenario.request[1]} answered ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 1500)}`;
  expect(answer.status, context).toBe(scenario.status);
  for (const [name, path] of Object.entries(scenario.keep ?? {})) {
    values.set(name, String(pick(answer.body, path)));
  }
  if (typeof scenario.body === 'function') scenario.body(answer.body);
  else if (typeof scenario.body === 'string') expect(answer.body, context).toBe(scenario.body);
  else if (scenario.body !== undefined) {
    // On a copy: Bun writes asymmetric matchers into what it compares.
    expect(structuredClone(answer.body), context).toMatchObject(
      fillIn(scenario.body, values) as object,
    );
  }
  if (scenario.keys !== undefined) {
    expect(Object.keys(answer.body ?? {}).sort(), context).toEqual([...scenario.keys].sort());
  }
  for (const [name, wanted] of Object.entries(scenario.headers ?? {})) {
    const found = response.headers.get(name);
    if (wanted instanceof RegExp) expect(found ?? '', `${name}; ${context}`).toMatch(wanted);
    else expect(found, `${name}; ${context}`).toBe(wanted);
  }
}

function toRequest(target: Target, scenario: Scenario, values: Map<string, string>): Request {
  const [method, path, body, headers] = scenario.request;
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  return new Request(`http://localhost${fillIn(path, values)}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(scenario.as === undefined
        ? {}
        : { authorization: `Bearer ${target.token(scenario.as)}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(fillIn(headers ?? {}, values) as Record<string, string>),
    },
    ...(body === undefined
      ? {}
      : { body: isRaw ? (body as string) : JSON.stringify(fillIn(body, values)) }),
  });
}

/** Replaces `{name}` in every string of a value, wherever it stands. Matchers of expect stay as they are. */
function fillIn<T>(value: T, values: Map<string, string>): T {
  if (typeof value === 'string') {
    return value.replace(/\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole) as T;
  }
  if (Array.isArray(value)) return value.map((item) => fillIn(item, values)) as T;
  if (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype
  ) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fillIn(item, values)]),
    ) as T;
  }
  return value;
}

function pick(body: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], body);
}

/** A target that is a server on a port. */
export function overHttp(url: string, tokens: () => Readonly<Record<string, string>>): Target {
  return {
    handle: (request) => fetch(new Request(request.url.replace('http://localhost', url), request)),
    token: (who) => tokens()[who] ?? `no token is known for ${who}`,
    values: new Map(),
  };
}
