import type { CompositeIndex } from '../../../api/types.ts';
import type { Definition } from './definition.ts';
import type { DraftField } from './draft.ts';
import type { DraftIndex } from './index-draft.ts';

/** A draft survives a reload of the page, with the schema it was made on. */
export interface KeptDraft {
  readonly base: readonly Definition[];
  readonly rows: readonly DraftField[];
  readonly baseIndexes: readonly CompositeIndex[];
  readonly indexes: readonly DraftIndex[];
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
    const lists = [kept?.rows, kept?.base, kept?.indexes, kept?.baseIndexes];
    return kept && lists.every(Array.isArray) ? kept : undefined;
  } catch {
    return undefined;
  }
}
