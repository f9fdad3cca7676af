import { watch } from 'vue';
import type { AccessRules } from '../../../api/types.ts';
import type { DraftField } from '../schema/draft.ts';

/** A collection that is not created yet, as it survives a reload of the page. */
export interface NewDraft {
  readonly name: string;
  readonly label: string;
  readonly rows: readonly DraftField[];
  readonly rules: AccessRules;
}

const KEY = 'tb.draft.schema.new';

/** Keeps what `draft` says, until that is nothing. */
export function useNewDraft(draft: () => NewDraft | undefined): void {
  watch(draft, (now) => {
    try {
      if (now) sessionStorage.setItem(KEY, JSON.stringify(now));
      else sessionStorage.removeItem(KEY);
    } catch {
      // Full or forbidden: the draft then lives only as long as the page.
    }
  });
}

export function forgetNewDraft(): void {
  sessionStorage.removeItem(KEY);
}

export function takeNewDraft(): NewDraft | undefined {
  try {
    const text = sessionStorage.getItem(KEY);
    const kept: NewDraft | undefined = text === null ? undefined : JSON.parse(text);
    return kept && Array.isArray(kept.rows) ? kept : undefined;
  } catch {
    return undefined;
  }
}
