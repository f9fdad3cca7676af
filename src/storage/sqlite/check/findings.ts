import type { Finding, FindingKind } from '../../../core/database-check.ts';

/** Whoever has so many has to repair something before the others matter. */
const MAX_FINDINGS = 100;

/** Thrown when there are enough findings. */
export class EnoughError extends Error {}

export interface FindingAbout {
  readonly collection?: string;
  readonly id?: string | null;
  readonly field?: string;
}

/** Collects what is found, up to a bound. */
export interface Findings {
  readonly list: readonly Finding[];
  add(kind: FindingKind, message: string, about?: FindingAbout): void;
  /** Forgets what came after the first so many. */
  cut(count: number): void;
}

export function createFindings(): Findings {
  const list: Finding[] = [];
  return {
    list,
    add(kind, message, { collection = null, id = null, field = null } = emptyAbout) {
      if (list.length >= MAX_FINDINGS) throw new EnoughError();
      list.push({ kind, collection, id, field, message });
    },
    cut(count) {
      list.length = count;
    },
  };
}

const emptyAbout: { collection?: string; id?: string | null; field?: string } = {};
