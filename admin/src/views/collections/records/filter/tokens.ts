/** A piece of the language of filters, as far as rows know it. */
export type Token =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'sign'; readonly text: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number };

const SPACE = /[ \t\r\n]*/y;
const NAME = /@?[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.])/y;
const TEXT = /'((?:[^'"\\]|"|\\['"\\])*)'|"((?:[^'"\\]|'|\\['"\\])*)"/y;
/** Longest first. */
const SIGN = /&&|\|\||!=|!~|\?=|<=|>=|[=<>~!(),]/y;

/** The pieces of a filter; undefined when it has a fault, about which the server says more. */
export function readTokens(source: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found) at += found[0].length;
    return found;
  };
  for (;;) {
    match(SPACE);
    if (at >= source.length) return tokens;
    const token = readOne(match);
    if (!token) return undefined;
    tokens.push(token);
  }
}

function readOne(match: (pattern: RegExp) => RegExpExecArray | null): Token | undefined {
  const text = match(TEXT);
  if (text) {
    const value = (text[1] ?? text[2] ?? '').replaceAll(/\\(.)/gs, '$1');
    return { kind: 'text', value };
  }
  const number = match(NUMBER);
  if (number) {
    const value = Number(number[0]);
    return Number.isFinite(value) ? { kind: 'number', value: value === 0 ? 0 : value } : undefined;
  }
  const name = match(NAME);
  if (name) return { kind: 'name', text: name[0] };
  const sign = match(SIGN);
  return sign ? { kind: 'sign', text: sign[0] } : undefined;
}
