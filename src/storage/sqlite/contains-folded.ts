import { LRUCache } from 'lru-cache';

const MAX_PATTERNS = 200;
/** Letters of the text times letters of the needle: a RegExp may compare all of them with each other. */
const MAX_COMPARISONS = 1_000_000;

/** By needle: making one costs more than looking through a thousand texts. */
const patterns = new LRUCache<string, RegExp>({ max: MAX_PATTERNS });

/** Whether the needle occurs in the text, upper and lower case alike: the simple case folding of Unicode. */
export function containsFolded(text: string, needle: string): boolean {
  return text.length * needle.length <= MAX_COMPARISONS
    ? patternOf(needle).test(text)
    : findInOnePass(text, needle);
}

function patternOf(needle: string): RegExp {
  let pattern = patterns.get(needle);
  if (pattern === undefined) {
    // With i and u a RegExp compares by the simple case folding of Unicode.
    pattern = new RegExp(RegExp.escape(needle), 'iu');
    patterns.set(needle, pattern);
  }
  return pattern;
}

/** Knuth, Morris and Pratt: no letter of the text is looked at twice, whatever the two repeat. */
function findInOnePass(text: string, needle: string): boolean {
  const wanted = Array.from(needle, (letter) => foldOf(letter.codePointAt(0) ?? 0));
  const fallbacks = fallbacksOf(wanted);
  let matched = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0;
    if (code > LAST_OF_ONE_UNIT) at++;
    const folded = foldOf(code);
    while (matched > 0 && wanted[matched] !== folded) matched = fallbacks[matched - 1] ?? 0;
    if (wanted[matched] === folded) matched++;
    if (matched === wanted.length) return true;
  }
  return matched === wanted.length;
}

/** For each beginning of the needle, how long its longest end is that is a beginning as well. */
function fallbacksOf(wanted: readonly number[]): readonly number[] {
  const fallbacks = [0];
  let length = 0;
  for (let at = 1; at < wanted.length; at++) {
    while (length > 0 && wanted[at] !== wanted[length]) length = fallbacks[length - 1] ?? 0;
    if (wanted[at] === wanted[length]) length++;
    fallbacks.push(length);
  }
  return fallbacks;
}

const LAST_OF_ONE_UNIT = 0xffff;
const LAST_OF_ASCII = 0x7f;
/** Of the letters that have another case, some 3,000; all others are not worth remembering. */
const folds = new Map<number, number>([
  // These have no other case of one letter to be found by: CaseFolding.txt of Unicode.
  [0x1fd3, 0x0390],
  [0x1fe3, 0x03b0],
  [0xfb05, 0xfb06],
]);

/** One code point for all those that are the same but for their case. */
export function foldOf(code: number): number {
  if (code <= LAST_OF_ASCII) return code >= 65 && code <= 90 ? code + 32 : code;
  const known = folds.get(code);
  if (known !== undefined) return known;
  const letter = String.fromCodePoint(code);
  if (letter.toLowerCase() === letter && letter.toUpperCase() === letter) return code;
  // There and back: final and medial sigma have the same capital.
  const small = sameButForCase(letter, letter.toLowerCase());
  const capital = sameButForCase(letter, small.toUpperCase());
  const folded = sameButForCase(letter, capital.toLowerCase()).codePointAt(0) ?? code;
  folds.set(code, folded);
  return folded;
}

/** The other case, unless that is several letters, or one that a RegExp tells from this. */
function sameButForCase(letter: string, other: string): string {
  return new RegExp(`^${RegExp.escape(letter)}$`, 'iu').test(other) ? other : letter;
}
