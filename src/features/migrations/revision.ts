import type { MigrationStep } from './schema.ts';

const MAX_SLUG = 50;
const SECOND = 1_000;

/** A name by which files sort in the order of their making, later than the one before whatever the clock says. */
export function createRevision(
  now: number,
  message: string,
  steps: readonly MigrationStep[],
  before: string | null,
): string {
  const slug = toSlug(message) || toSlug(describe(steps)) || 'change';
  const earliest = before === null ? 0 : fromStamp(before.slice(0, 14)) + SECOND;
  return `${toStamp(Math.max(now, earliest))}_${slug}`;
}

function toStamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14);
}

function fromStamp(stamp: string): number {
  const [, ...parts] = /^(.{4})(..)(..)(..)(..)(..)$/.exec(stamp) ?? [];
  const [year, month, day, hour, minute, second] = parts.map(Number);
  const ms = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  return Number.isNaN(ms) ? 0 : ms;
}

function toSlug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, MAX_SLUG)
    .replace(/^_+|_+$/g, '');
}

function describe(steps: readonly MigrationStep[]): string {
  const words = {
    create_collection: 'create',
    change_collection: 'change',
    drop_collection: 'drop',
  };
  return steps.map((step) => `${words[step.step]} ${step.name}`).join(' ');
}
