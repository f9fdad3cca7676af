import type { Json } from '../../../api/types.ts';

interface StoredDraft {
  readonly changes: Readonly<Record<string, Json | undefined>>;
  readonly owner: string;
}

const PREFIX = 'tb.draft.record.';

/** Keeps the changes of one record for a reload; nothing changed takes them away. */
export function storeDraft(
  key: string,
  changes: Readonly<Record<string, Json | undefined>>,
  owner: string,
): void {
  try {
    if (Object.keys(changes).length === 0 && owner === '') sessionStorage.removeItem(PREFIX + key);
    else sessionStorage.setItem(PREFIX + key, JSON.stringify({ changes, owner }));
  } catch {
    // Too large or not allowed: then it does not survive a reload, and leaving still asks.
  }
}

export function readDraft(key: string): StoredDraft | undefined {
  try {
    const text = sessionStorage.getItem(PREFIX + key);
    return text === null ? undefined : (JSON.parse(text) as StoredDraft);
  } catch {
    return undefined;
  }
}
