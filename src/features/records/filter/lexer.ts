export type Token =
  /** A field, a path into one, or a word such as true. */
  | { readonly kind: 'name'; readonly at: number; readonly text: string }
  | { readonly kind: 'symbol'; readonly at: number; readonly text: string }
  | { readonly kind: 'text'; readonly at: number; readonly value: string }
  | { readonly kind: 'number'; readonly at: number; readonly value: number }
  | { readonly kind: 'end'; readonly at: number }
  /** What begins nothing; the text is what to show of it. */
  | { readonly kind: 'unknown'; readonly at: number; readonly text: string }
  /** What begins well and goes wrong; the message says how. */
  | { readonly kind: 'broken'; readonly at: number; readonly msg: string };

const SPACE = /[ \t\r\n]*/y;
const NAME = /@?[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*/y;
/** As JSON writes them. */
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** What must not stand right behind a number. */
const WORD = /[A-Za-z0-9_.]/;
/** Up to the next quote or backslash. */
const PLAIN = /[^'"\\]*/y;
/** Longest first, so that `!=` is never read as `!` and `=`. */
const SYMBOL = /&&|\|\||!=|!~|\?=|<=|>=|==|<>|[=<>~!(),]/y;
/** Spellings of other languages: read as one, so that a message shows all of it. */
const FOREIGN = new Set(['==', '<>']);
const CHARACTER = /./suy;

/** Answers one token after another; behind the last one, `end` again and again. Never fails, never looks back. */
export function createLexer(source: string): () => Token {
  let at = 0;

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  }

  function readNumber(start: number): Token {
    const text = match(NUMBER);
    const next = source[at];
    if (text === undefined || (next !== undefined && WORD.test(next)))
      return { kind: 'broken', at: start, msg: 'this is not a number as JSON writes it' };
    const value = Number(text);
    if (!Number.isFinite(value))
      return { kind: 'broken', at: start, msg: 'this number is too great' };
    // Stored numbers know no minus zero, and they are compared as JSON writes them.
    return { kind: 'number', at: start, value: value === 0 ? 0 : value };
  }

  function readText(start: number): Token {
    const quote = source[at++];
    let value = '';
    for (;;) {
      value += match(PLAIN) ?? '';
      const stop = source[at++];
      if (stop === quote) return { kind: 'text', at: start, value };
      if (stop === undefined)
        return { kind: 'broken', at: start, msg: `this text is not closed with ${quote}` };
      const escaped = stop === '\\' ? source[at++] : stop;
      if (escaped !== '\\' && escaped !== "'" && escaped !== '"') {
        const msg = `a backslash stands only before ', " and another backslash`;
        return { kind: 'broken', at: at - 2, msg };
      }
      value += escaped;
    }
  }

  return () => {
    match(SPACE);
    const start = at;
    const first = source[at];
    if (first === undefined) return { kind: 'end', at };
    if (first === "'" || first === '"') return readText(start);
    if (first === '-' || (first >= '0' && first <= '9')) return readNumber(start);
    const name = match(NAME);
    if (name !== undefined) return { kind: 'name', at: start, text: name };
    const symbol = match(SYMBOL);
    return symbol === undefined || FOREIGN.has(symbol)
      ? { kind: 'unknown', at: start, text: symbol ?? match(CHARACTER) ?? first }
      : { kind: 'symbol', at: start, text: symbol };
  };
}
