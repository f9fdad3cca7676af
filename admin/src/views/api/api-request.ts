import type { Json } from '../../api/types.ts';

/** A request of the examples; what `Send` sends. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With its query, from the root on. */
  readonly path: string;
  readonly body?: Json | undefined;
  /** Where anyone may, none is shown. */
  readonly needsToken: boolean;
}

/** Stands for the token in every example; nobody's own is ever written out. */
export const TOKEN = '$TOKEN';

interface CurlRequest {
  readonly url: string;
  readonly method: string;
  readonly body: unknown;
  readonly needsToken: boolean;
}

/** One shell word, whatever is in it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function curl({ url, method, body, needsToken }: CurlRequest): string {
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${shellQuote(url)}`,
    ...(needsToken ? [`-H "Authorization: Bearer ${TOKEN}"`] : []),
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d ${shellQuote(JSON.stringify(body, null, 2))}`]),
  ].join(' \\\n  ');
}

export function curlOf(origin: string, { method, path, body, needsToken }: ApiRequest): string {
  return curl({ url: origin + path, method, body, needsToken });
}

/** A program with the client of `tinybase types`, around the lines that use it. */
export function withClient(origin: string, needsToken: boolean, lines: string): string {
  const options = needsToken ? `, { token: '${TOKEN}' }` : '';
  return `import { createClient } from './tinybase.ts';

const tinybase = createClient(${quote(origin)}${options});

${lines}`;
}

/** A text as TypeScript likes it. */
export function quote(text: string): string {
  const json = JSON.stringify(text);
  return json.includes("'") || json.includes('\\') ? json : `'${json.slice(1, -1)}'`;
}

const NAME = /^[A-Za-z_$][\w$]*$/;

/** JSON as TypeScript reads best: keys that are names go without quotes, what is short on one line. */
export function literal(value: unknown, depth = 0): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Array.isArray(value)
    ? value.map((item) => literal(item, depth + 1))
    : Object.entries(value).map(
        ([key, item]) => `${NAME.test(key) ? key : quote(key)}: ${literal(item, depth + 1)}`,
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return `${open}${close}`;
  const line = parts.join(', ');
  if (line.length <= 60 && !line.includes('\n'))
    return Array.isArray(value) ? `[${line}]` : `{ ${line} }`;
  const space = '  '.repeat(depth + 1);
  return `${open}\n${parts.map((part) => `${space}${part},\n`).join('')}${'  '.repeat(depth)}${close}`;
}

/** How a member is reached: `.add_numbers`, or with a name that is none, `['add-numbers']`. */
export function member(name: string): string {
  return NAME.test(name) ? `.${name}` : `[${quote(name)}]`;
}

export interface ErrorLine {
  readonly status: number;
  readonly text: string;
}
