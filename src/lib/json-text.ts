import { MAX_JSON_DEPTH } from './json-value.ts';

/** Only an escaped surrogate can be a lone one: what UTF-8 decoding lets through is well-formed. */
const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;
const QUOTE = 34;
const BACKSLASH = 92;

/** What JSON.parse found, as the end of a sentence. */
export function describeJsonFault(error: unknown): string {
  const reason = error instanceof Error ? error.message.replace(/^JSON Parse error: /, '') : '';
  return `is not valid JSON: ${reason}`;
}

/** False for nearly all text; else its value has to be searched with findNonJson. */
export function mayHoldLoneSurrogate(text: string): boolean {
  return ESCAPED_SURROGATE.test(text);
}

/** True for JSON text that nests deeper than is allowed; looks before anything is built of it. */
export function isJsonTooDeep(text: string, maxDepth = MAX_JSON_DEPTH): boolean {
  return hasManyBrackets(text, maxDepth) && findDepth(text, maxDepth) > maxDepth;
}

/** Fewer brackets than levels cannot nest too deep: nearly every body is done after a few hops. */
function hasManyBrackets(text: string, maxDepth: number): boolean {
  let count = 0;
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1))
      if (++count > maxDepth) return true;
  return false;
}

/** How deep text nests; stops at the limit, so that a megabyte of brackets costs nothing. */
function findDepth(text: string, maxDepth: number): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = findStringEnd(text, at);
    else if (code === 91 || code === 123) {
      if (++depth > deepest) deepest = depth;
      if (deepest > maxDepth) return deepest;
    } else if (code === 93 || code === 125) depth--;
  }
  return deepest;
}

function findStringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return text.length;
}
