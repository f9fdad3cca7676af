import type { Definition } from './definition.ts';
import type { DraftField } from './draft.ts';

/** A draft survives a reload of the page, with the schema it was made on. */
export interface KeptDraft {
  readonly base: readonly Definition[];
  readonly rows: readonly DraftField[];
}

function keyOf(id: string): string {
  return `tb.draft.schema.${id}`;
}

export function keepDraft(id: string, draft: KeptDraft | undefined): void {
  try {
    if (draft) sessionStorage.setItem(keyOf(id), JSON.stringify(draft));
    else sessionStorage.removeItem(keyOf(id));
  } catch {
    // Full or forbidden: the draft then lives only as long as the page.
  }
}

export function takeDraft(id: string): KeptDraft | undefined {
  try {
    const text = sessionStorage.getItem(keyOf(id));
    const kept: KeptDraft | undefined = text === null ? undefined : JSON.parse(text);
    return kept && Array.isArray(kept.rows) && Array.isArray(kept.base) ? kept : undefined;
  } catch {
    return undefined;
  }
}
