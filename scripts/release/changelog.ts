import { readFileSync } from 'node:fs';
import { inRoot } from '../support/paths.ts';

export interface Version {
  readonly version: string;
  /** The day of the release, YYYY-MM-DD: also the date of every file in the archives. */
  readonly date: string;
}

/** Of a try-out, which has no day of its own: the first one that a zip archive can hold. */
const DRAFT_DATE = '1980-01-01';

/** The version of package.json, which CHANGELOG.md has to have a heading with a date for. */
export function readVersion({ isDraft }: { readonly isDraft: boolean }): Version {
  const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as Version;
  const date = findReleaseDate(readFileSync(inRoot('CHANGELOG.md'), 'utf8'), version);
  if (date !== undefined) return { version, date };
  if (isDraft) return { version, date: DRAFT_DATE };
  throw new Error(
    `CHANGELOG.md has no heading for version ${version} of package.json: write "## ${version} - YYYY-MM-DD" above what is new in it. To try the release out before, add --draft.`,
  );
}

/** As https://keepachangelog.com writes it: `## [1.2.3] - 2026-11-22`, the brackets left out or not. */
export function findReleaseDate(changelog: string, version: string): string | undefined {
  for (const line of changelog.split('\n')) {
    const [, name, date] = /^## \[?([^\]\s]+)\]? [-–] (\d{4}-\d{2}-\d{2})\s*$/.exec(line) ?? [];
    if (name === version) return date;
  }
  return undefined;
}
