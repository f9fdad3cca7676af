/** A printed type, and how strongly it holds together beside others. */
export interface TypeText {
  readonly text: string;
  readonly kind: 'union' | 'intersection' | 'single';
}

export const UNKNOWN = single('unknown');
export const NEVER = single('never');

export function single(text: string): TypeText {
  return { text, kind: 'single' };
}

/** One of several; whatever is unknown makes all of it unknown. */
export function unionOf(types: readonly TypeText[]): TypeText {
  const texts = new Set(types.filter(({ text }) => text !== 'never').map(({ text }) => text));
  if (texts.has('unknown')) return UNKNOWN;
  const [first] = texts;
  if (first === undefined) return NEVER;
  if (texts.size === 1) return types.find(({ text }) => text === first) ?? NEVER;
  return { text: [...texts].join(' | '), kind: 'union' };
}

/** All of them at once; what is unknown adds nothing. */
export function intersectionOf(types: readonly TypeText[]): TypeText {
  const known = new Map(
    types.filter(({ text }) => text !== 'unknown').map((type) => [type.text, type]),
  );
  if (known.size === 0) return UNKNOWN;
  const [only] = known.values();
  if (known.size === 1 && only) return only;
  return { text: [...known.values()].map(inBrackets).join(' & '), kind: 'intersection' };
}

export function arrayOf(item: TypeText): TypeText {
  return single(`${inBrackets(item)}[]`);
}

/** The type as it stands where a union would read on: before `[]`, `?` and beside `&`. */
export function inBrackets({ text, kind }: TypeText): string {
  return kind === 'single' ? text : `(${text})`;
}

/** Moves all but the first line one step in. A printed type has no line breaks inside of literals. */
export function indent(text: string): string {
  return text.replaceAll(/\n(?=[^\n])/g, '\n  ');
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** A key as it stands in an object type. */
export function toKey(name: string): string {
  return IDENTIFIER.test(name) ? name : quote(name);
}

/** Line ends of Unicode, and signs that show a text in another order than it has: https://trojansource.codes */
const DECEIVING = /[\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function quote(text: string): string {
  return JSON.stringify(text).replace(DECEIVING, (sign) => `\\u${sign.charCodeAt(0).toString(16)}`);
}

/** A value of JSON as the type that only it has. */
export function literalOf(value: unknown): TypeText {
  if (value === null) return single('null');
  if (typeof value === 'string') return single(quote(value));
  if (typeof value === 'boolean') return single(String(value));
  // Infinity and the like have no literal.
  if (typeof value === 'number') return single(Number.isFinite(value) ? String(value) : 'number');
  if (Array.isArray(value))
    return single(`[${value.map((item) => literalOf(item).text).join(', ')}]`);
  if (typeof value === 'object') {
    const members = Object.entries(value).map(
      ([key, one]) => `${toKey(key)}: ${literalOf(one).text}`,
    );
    return single(members.length === 0 ? '{}' : `{ ${members.join('; ')} }`);
  }
  return UNKNOWN;
}

/** A comment that says this, with its line end; nothing when there is nothing to say. */
export function commentOf(paragraphs: readonly (string | undefined)[]): string {
  const lines = paragraphs
    .flatMap((paragraph) => toHarmless(paragraph ?? '').split(/\r\n|[\n\r]/))
    .map((line) => line.trimEnd());
  while (lines[0] === '') lines.shift();
  while (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) return '';
  if (lines.length === 1) return `/** ${lines[0]} */\n`;
  return `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`;
}

/** Somebody else's words: they end no comment and tell the compiler nothing. */
function toHarmless(words: string): string {
  return (
    words
      .toWellFormed()
      .replaceAll('*/', '*\\/')
      .replaceAll(/@(?=ts-)/g, '@ ')
      .replaceAll(DECEIVING, ' ')
      // Other control characters would only garble an editor.
      .replaceAll(/[^\P{Cc}\n\r\t]/gu, ' ')
  );
}
