/**
 * Letters that are the same but for their case, where asking each for its upper and lower case does
 * not find them all: Unicode's CaseFolding.txt, simple folding (C and S), as in a RegExp with i and u.
 */
const IRREGULAR = [
  'Kk\u212a',
  'Ss\u017f',
  'Åå\u212b',
  'Ωω\u2126',
  '\u00b5Μμ',
  'ßẞ',
  // Of its own: the capital I of Turkish texts is nobody's to tell from the other one.
  'ı',
  'Ǆǅǆ',
  'Ǉǈǉ',
  'Ǌǋǌ',
  'Ǳǲǳ',
  '\u0345Ιι\u1fbe',
  '\u0390\u1fd3',
  '\u03b0\u1fe3',
  'Ββϐ',
  'Εεϵ',
  'Θθϑϴ',
  'Κκϰ',
  'Ππϖ',
  'Ρρϱ',
  'Σςσ',
  'Φφϕ',
  'Ввᲀ',
  'Ддᲁ',
  'Ооᲂ',
  'Ссᲃ',
  'Ттᲄᲅ',
  'Ъъᲆ',
  'Ѣѣᲇ',
  'ᲈꙊꙋ',
  'Ṡṡẛ',
  'ᾳᾼ',
  'ῃῌ',
  'ῳῼ',
  '\ufb05\ufb06',
] as const;

/** Greek letters with a iota below: in each sixteen, eight small ones and then their capitals. */
const FIRST_WITH_IOTA = 0x1f80;
const LAST_WITH_IOTA = 0x1faf;

const irregular: ReadonlyMap<string, readonly string[]> = new Map(
  IRREGULAR.flatMap((letters) => {
    const fold = [...letters];
    return fold.map((letter) => [letter, fold] as const);
  }),
);

/** For each character of a text, all those that it equals when case does not matter, itself among them. */
export function foldClasses(text: string): readonly (readonly string[])[] {
  return Array.from(text, foldClass);
}

/** Whether the needle occurs in the text when case does not matter. */
export function containsFolded(text: string, needle: string): boolean {
  return fold(text).includes(fold(needle));
}

function fold(text: string): string {
  let folded = '';
  for (const letter of text) folded += foldClass(letter)[0];
  return folded;
}

/** In the same order for each of its members. */
function foldClass(letter: string): readonly string[] {
  const known = irregular.get(letter);
  if (known) return known;
  const code = letter.codePointAt(0) ?? 0;
  if (code >= FIRST_WITH_IOTA && code <= LAST_WITH_IOTA)
    return [String.fromCodePoint(code & ~8), String.fromCodePoint(code | 8)];
  // What becomes several letters, as ŉ and İ do, has no simple counterpart.
  const upper = letter.toUpperCase();
  if (upper !== letter) return isOne(upper) ? [upper, letter] : [letter];
  const lower = letter.toLowerCase();
  return lower !== letter && isOne(lower) ? [letter, lower] : [letter];
}

function isOne(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
}
