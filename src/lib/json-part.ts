import { isJsonTooDeep, mayHoldLoneSurrogate } from './json-text.ts';
import { findNonJson, MAX_JSON_DEPTH } from './json-value.ts';

/** JSON out of a file, or what is wrong with it; as strict as a body. */
export type JsonPart =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly path: readonly (string | number)[]; readonly msg: string };

export function parseJsonPart(text: string, maxDepth = MAX_JSON_DEPTH): JsonPart {
  if (isJsonTooDeep(text, maxDepth))
    return { ok: false, path: [], msg: `must not nest deeper than ${maxDepth} levels` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^JSON Parse error: /, '') : '';
    return { ok: false, path: [], msg: `is not valid JSON: ${reason}` };
  }
  const found = mayHoldLoneSurrogate(text) ? findNonJson(value) : undefined;
  return found ? { ok: false, path: found.path, msg: found.reason } : { ok: true, value };
}
