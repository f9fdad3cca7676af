import changelog from '../../CHANGELOG.md' with { type: 'text' };
import { toVisible } from './output.ts';
import { VERSION } from './version.ts';

/** Most entries that a start shows; each is one line. */
const MAX_ENTRIES = 8;
const MAX_WIDTH = 78;
/** What people must know comes first. */
const ORDER = ['Security', 'Removed', 'Changed', 'Deprecated', 'Added', 'Fixed'];
const UNRELEASED = 'Unreleased';

/** All of it, as it was when this program was built. */
export const CHANGELOG: string = changelog;

export interface Upgrade {
  readonly from: string;
  readonly to?: string;
  readonly text?: string;
}

/** What a start says when another version served this data before. */
export function describeUpgrade({ from: given, to = VERSION, text = CHANGELOG }: Upgrade): string {
  // The database may be a stranger's.
  const from = toVisible(given);
  if (compare(from, to) > 0)
    return [
      `This data was served by TinyBase ${from} before, which is newer than this ${to}.`,
      'Its database can be used all the same. What is new in that version is not there.',
    ].join('\n');
  const entries = entriesBetween(text, from, to);
  const head = `TinyBase ${to} serves this data now; it was ${from} before.`;
  if (entries.length === 0) return head;
  const shown = entries.slice(0, MAX_ENTRIES).map((entry) => `- ${entry}`);
  const rest = entries.length - shown.length;
  const more = rest > 0 ? `${rest} more, and all of it in full` : 'All of it in full';
  return [`${head} What changed:`, ...shown, `${more}: tinybase version --changes`].join('\n');
}

/** A line for each change of the versions after `from`, up to `to`. What is not released yet belongs to a version that has no part of its own. */
function entriesBetween(text: string, from: string, to: string): string[] {
  const versions = text.split(/^## /m).slice(1);
  const titles = versions.map((version) => /^\[?([^\]\s]+)/.exec(version)?.[1] ?? '');
  const isWanted = (title: string) =>
    title === UNRELEASED
      ? !titles.includes(to)
      : isVersion(title) && compare(title, from) > 0 && compare(title, to) <= 0;
  const groups = versions
    .filter((_, index) => isWanted(titles[index] ?? ''))
    .flatMap((version) => version.split(/^### /m).slice(1));
  return ORDER.flatMap((name) =>
    groups
      .filter((group) => group.startsWith(name))
      .flatMap((group) => [...group.matchAll(/^- (.*(?:\n {2,}.*)*)/gm)])
      .map(([, entry = '']) => `${name === 'Security' ? 'Security: ' : ''}${shorten(entry)}`),
  );
}

/** The first sentence of an entry, without marks of Markdown, in one line. */
function shorten(entry: string): string {
  const plain = entry
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\s*\((\[[^\]]*\]\([^)]*\)(, )?)+\)/g, '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[*`]/g, '');
  const sentence = /^.*?[.:](?= |$)/.exec(plain)?.[0].replace(/[.:]$/, '') ?? plain;
  if (sentence.length <= MAX_WIDTH) return sentence;
  return `${sentence.slice(0, MAX_WIDTH - 1).replace(/\s+\S*$/, '')}…`;
}

function isVersion(title: string): boolean {
  return /^\d+\.\d+\.\d+/.test(title);
}

function compare(a: string, b: string): number {
  return isVersion(a) && isVersion(b) ? Bun.semver.order(a, b) : 0;
}
