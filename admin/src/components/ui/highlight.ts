export const LANGUAGES = ['ts', 'json', 'sh', 'text'] as const;
export type Language = (typeof LANGUAGES)[number];

/** k keyword, s string, d number or name, c comment, p punctuation, '' plain. */
export interface Token {
  readonly kind: 'k' | 's' | 'd' | 'c' | 'p' | '';
  readonly text: string;
}

const TS_WORDS =
  'abstract|as|async|await|break|case|catch|class|const|continue|default|delete|do|else|export|extends|false|finally|for|from|function|if|implements|import|in|instanceof|interface|let|new|null|of|readonly|return|satisfies|static|switch|this|throw|true|try|type|typeof|undefined|void|while|yield';

/** Each group of a rule is the kind of the token at the same place in `kinds`. */
const RULES = {
  ts: {
    pattern: new RegExp(
      `(//[^\\n]*|/\\*[\\s\\S]*?\\*/)|("(?:\\\\.|[^"\\\\\\n])*"|'(?:\\\\.|[^'\\\\\\n])*'|\`(?:\\\\.|[^\`\\\\])*\`)|\\b(${TS_WORDS})\\b|\\b(\\d[\\d_]*(?:\\.\\d+)?)\\b`,
      'g',
    ),
    kinds: ['c', 's', 'k', 'd'],
  },
  json: {
    pattern:
      /("(?:\\.|[^"\\])*")(?=\s*:)|("(?:\\.|[^"\\])*")|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g,
    kinds: ['d', 's', 'k', 'd'],
  },
  sh: {
    pattern:
      /((?:^|(?<=\s))#[^\n]*)|("(?:\\.|[^"\\])*"|'[^']*')|(\$\w+)|((?<=\s)--?[a-zA-Z][\w-]*)/g,
    kinds: ['c', 's', 'd', 'k'],
  },
} as const satisfies Record<
  Exclude<Language, 'text'>,
  { pattern: RegExp; kinds: readonly Token['kind'][] }
>;

/** Cuts code into coloured tokens; joined they are the code again. */
export function highlight(code: string, language: Language): Token[] {
  if (language === 'text' || code.length > 200_000) return [{ kind: '', text: code }];
  const { pattern, kinds } = RULES[language];
  const tokens: Token[] = [];
  let end = 0;
  for (const match of code.matchAll(pattern)) {
    if (match.index > end) tokens.push({ kind: '', text: code.slice(end, match.index) });
    const group = match.slice(1).findIndex((part) => part !== undefined);
    tokens.push({ kind: kinds[group] ?? '', text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < code.length) tokens.push({ kind: '', text: code.slice(end) });
  return tokens;
}
