import type { Collection, LoadError, Operation, StatsRange } from '../../api/types.ts';
import { joined, openCollections } from '../collections/access.ts';

/** A thing that wants a look: what it is, and the way to its remedy. */
export interface Attention {
  /** Stays the same while the thing does: what was hidden shows again when it changes. */
  readonly key: string;
  /** Pieces of the sentence; machine words are set apart. */
  readonly words: readonly { readonly text: string; readonly isMono?: boolean }[];
  readonly action: string;
  readonly to: string;
}

const WRITE_WORDS: Partial<Record<Operation, string>> = { update: 'change' };

/** Files that do not load, and collections that anyone on the internet may write. */
export function attentions(
  errors: readonly LoadError[],
  collections: readonly Collection[],
): Attention[] {
  return [
    ...errors.map((error): Attention => {
      const end =
        error.loaded_version === 'previous'
          ? ' does not load, its last good version keeps answering.'
          : ' does not load.';
      return {
        key: `load:${error.file}:${error.line}:${error.message}`,
        words: [{ text: fileName(error.file), isMono: true }, { text: end }],
        action: 'Show the error',
        to: '/functions',
      };
    }),
    ...openCollections(collections).flatMap(({ name, writes }): Attention[] => {
      if (writes.length === 0) return [];
      const acts = joined(writes.map((each) => WRITE_WORDS[each] ?? each));
      return [
        {
          key: `public:${name}:${writes.join()}`,
          words: [
            { text: `Anyone on the internet may ${acts} ` },
            { text: name, isMono: true },
            { text: '.' },
          ],
          action: 'Review the rule',
          to: `/collections/${name}/access`,
        },
      ];
    }),
  ];
}

function fileName(path: string): string {
  return path.split('/').at(-1) ?? path;
}

const COUNTS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six'] as const;
/** "Two things want a look." */
export function attentionTitle(count: number): string {
  return `${COUNTS[count] ?? count} ${count === 1 ? 'thing wants' : 'things want'} a look.`;
}

export const RANGE_WORDS = {
  '1h': 'the last hour',
  '24h': 'the last 24 hours',
  '7d': 'the last 7 days',
  '30d': 'the last 30 days',
} as const satisfies Record<StatsRange, string>;

/** 48.2 MB, 1.4 GB; whole numbers from 10 up. */
export function toSize(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let at = 0;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  const text = at === 0 || value >= 10 ? String(Math.round(value)) : value.toFixed(1);
  return `${text} ${units[at]}`;
}

/** "12 days", "3 hours", "5 minutes" */
export function toUptime(seconds: number): string {
  const [size, unit] =
    seconds >= 86_400 ? [86_400, 'day'] : seconds >= 3600 ? [3600, 'hour'] : [60, 'minute'];
  const count = Math.floor(seconds / Number(size));
  if (count === 0) return 'less than a minute';
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** 0.5 %, 12 %; never 0 % when something failed. */
export function toPercent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  const share = (part / whole) * 100;
  if (share < 0.1) return 'below 0.1 %';
  return `${share >= 10 ? Math.round(share) : share.toFixed(1)} %`;
}
