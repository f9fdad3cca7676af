import type { IconName } from './icons.ts';

export interface PaletteItem {
  /** Stays the same between sessions: recent ones are kept by it. */
  readonly key: string;
  readonly group: string;
  readonly label: string;
  readonly icon: IconName;
  /** A machine word after the label: Run `send_receipt`. */
  readonly mono?: string;
  /** At the right: what Enter does. */
  readonly end?: string;
  /** A place; with Ctrl Enter it opens in a new tab. */
  readonly href?: string;
  /** More words to find it by. */
  readonly words?: string;
}

/** How well a text answers a query, by subsequence; undefined when it does not. Lower is better. */
export function matchScore(text: string, query: string): number | undefined {
  const wanted = query.trim().toLowerCase();
  const where = text.toLowerCase();
  const at = where.indexOf(wanted);
  if (at !== -1) return at;
  let from = -1;
  let gaps = 0;
  for (const letter of wanted.replaceAll(' ', '')) {
    const next = where.indexOf(letter, from + 1);
    if (next === -1) return undefined;
    gaps += next - from - 1;
    from = next;
  }
  return 100 + gaps;
}
