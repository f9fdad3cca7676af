/** A fenced block of a page, by what its mark says is to be done with it. */
export type Block = {
  readonly line: number;
  readonly text: string;
  /** It takes a package of npm: without a registry nothing of it can be known. */
  readonly needsRegistry: boolean;
} & (
  | { readonly kind: 'commands'; readonly expected: Expected }
  /** What the commands or the program before it said, shortened. */
  | {
      readonly kind: 'answer';
      readonly language: string;
      readonly expected: Expected;
      /** Nothing is left out of its objects. */
      readonly isExact: boolean;
    }
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'program' }
  /** For people alone: it asks something, or never ends. */
  | { readonly kind: 'by_hand' }
  | { readonly kind: 'grammar' }
  /** For another program, or of it: a unit of systemd, a function in Python. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unmarked'; readonly mark: string }
);

/** How the last command ends; good when nothing is said. */
export interface Expected {
  readonly status: number | undefined;
  readonly exit: number | undefined;
}

const FENCE = /^```(.*)\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a page in their order. */
export function readBlocks(markdown: string): readonly Block[] {
  return [...markdown.matchAll(FENCE)].map((found) => {
    const [, mark = '', text = ''] = found;
    const line = markdown.slice(0, found.index).split('\n').length;
    const needsRegistry = mark.split(' ').includes('registry');
    return { line, text, needsRegistry, ...readMark(mark) };
  });
}

type Marked = Block extends infer Each
  ? Each extends Block
    ? Omit<Each, 'line' | 'text' | 'needsRegistry'>
    : never
  : never;

/**
 * `sh`, `sh status=403`, `sh by-hand`, `json answer`, `json answer exactly`, `json answer status=422`,
 * `csv file=a.csv`, `ts run`, `ebnf`, `ini by-hand`; each of them also with `registry`.
 */
function readMark(mark: string): Marked {
  const [language = '', ...words] = mark.split(' ');
  const read = (name: string) =>
    words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const numberOf = (name: string) => (read(name) === undefined ? undefined : Number(read(name)));
  const expected = { status: numberOf('status'), exit: numberOf('exit') };
  const name = read('file');
  if (name !== undefined) return { kind: 'file', name };
  if (words.includes('answer'))
    return { kind: 'answer', language, expected, isExact: words.includes('exactly') };
  if (words.includes('by-hand')) return { kind: language === 'sh' ? 'by_hand' : 'elsewhere' };
  if (language === 'sh') return { kind: 'commands', expected };
  if (language === 'ts' && words.includes('run')) return { kind: 'program' };
  if (language === 'ebnf') return { kind: 'grammar' };
  return { kind: 'unmarked', mark };
}
