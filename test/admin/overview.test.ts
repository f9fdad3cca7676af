import { describe, expect, test } from 'bun:test';
import type { AccessRules, Collection, LoadError, Stats } from '../../admin/src/api/types.ts';
import {
  bucketName,
  endsOf,
  movePointed,
  type Pointed,
  shapesOf,
  sumOf,
  xLabels,
  yTicks,
} from '../../admin/src/components/ui/chart.ts';
import { DEFAULT_ACCESS } from '../../admin/src/views/collections/access.ts';
import { attentions, attentionTitle } from '../../admin/src/views/overview/attentions.ts';
import { firstCurl } from '../../admin/src/views/overview/first-curl.ts';
import { toPercent, toSize, toUptime } from '../../admin/src/views/overview/overview-words.ts';

function collection(name: string, access: Partial<AccessRules> = {}): Collection {
  return {
    id: name,
    name,
    label: name,
    schema: { fields: [{ name: 'title', type: 'string', required: true }] },
    options: { access: { ...DEFAULT_ACCESS, ...access } },
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
  };
}
const fault: LoadError = {
  file: 'functions/resize_cover.ts',
  line: 12,
  column: 3,
  message: 'Cannot find package "sharp"',
  loaded_version: 'previous',
};
const textOf = (words: readonly { text: string }[]) => words.map(({ text }) => text).join('');

const WELL: Pick<Stats, 'attention' | 'health'> = {
  attention: { schedules: [], failed_backup: null, extensions: [], unsent_mails: 0 },
  health: {
    version: '1',
    uptime_seconds: 1,
    database_bytes: 1,
    memory_bytes: 1,
    disk_free_bytes: 38_000_000_000,
    has_mail: true,
    next_schedule: null,
  },
};
const ILL: Pick<Stats, 'attention' | 'health'> = {
  attention: {
    schedules: [{ id: 's1', name: 'Nightly', function_name: 'f', last_run_at: '2026-01-01' }],
    failed_backup: { id: 'b1', created_at: '2026-01-01', error: 'No space left' },
    extensions: [
      { name: 'broken', error: 'No manifest.', errors: 0 },
      { name: 'greets', error: null, errors: 2 },
    ],
    unsent_mails: 3,
  },
  health: { ...WELL.health, disk_free_bytes: 412_000_000 },
};

describe('what wants a look', () => {
  test('what the server says is wrong has a sentence and the way to its remedy', () => {
    const looks = attentions([], [], ILL).map(({ words, to }) => [textOf(words), to]);
    expect(looks).toEqual([
      ['The disk has 412 MB left, and writes fail once it is full.', '/backups'],
      ['The last backup failed. No space left.', '/backups?open=b1'],
      ['The last run of the schedule Nightly failed.', '/schedules?open=s1'],
      ['The extension broken does not run.', '/extensions?open=broken'],
      ['The extension greets threw 2 errors.', '/extensions?open=greets'],
      [
        '3 mails were asked for, such as a link for a new password, and no mail server is set.',
        '/settings?at=mail',
      ],
    ]);
  });

  test('a disk that fills up slowly is no new thing with every byte', () => {
    const keyAt = (disk_free_bytes: number) =>
      attentions([], [], { ...WELL, health: { ...WELL.health, disk_free_bytes } })[0]?.key;
    expect(keyAt(412_000_000)).toBe(keyAt(411_000_000) ?? 'none');
    expect(keyAt(412_000_000)).not.toBe(keyAt(302_000_000) ?? 'none');
  });

  test('nothing, when all loads and nobody may write without signing in', () => {
    expect(attentions([], [collection('books', { list: 'public', read: 'public' })], WELL)).toEqual(
      [],
    );
  });

  test('a file that does not load says whether something still answers', () => {
    const [kept, gone] = attentions([fault, { ...fault, loaded_version: null }], [], undefined);
    expect(textOf(kept?.words ?? [])).toBe(
      'resize_cover.ts does not load, its last good version keeps answering.',
    );
    expect(textOf(gone?.words ?? [])).toBe('resize_cover.ts does not load.');
  });

  test('a public write names the acts and leads to the rule', () => {
    const [look] = attentions(
      [],
      [collection('reviews', { create: 'public', delete: 'public' })],
      WELL,
    );
    expect(textOf(look?.words ?? [])).toBe('Anyone on the internet may create and delete reviews.');
    expect(look?.to).toBe('/collections/reviews/access');
  });

  test('another message is another thing, so that a hidden note comes back', () => {
    const [a] = attentions([fault], [], WELL);
    const [b] = attentions([{ ...fault, message: 'another' }], [], WELL);
    expect(a?.key).not.toBe(b?.key);
  });

  test('the title counts', () => {
    expect(attentionTitle(1)).toBe('One thing wants a look.');
    expect(attentionTitle(2)).toBe('Two things want a look.');
    expect(attentionTitle(12)).toBe('12 things want a look.');
  });
});

describe('figures in words', () => {
  test('a share is never 0 % when something failed', () => {
    expect(toPercent(0, 10)).toBe('0 %');
    expect(toPercent(0, 0)).toBe('0 %');
    expect(toPercent(1, 100_000)).toBe('below 0.1 %');
    expect(toPercent(88, 16_045)).toBe('0.5 %');
    expect(toPercent(1, 2)).toBe('50 %');
  });

  test('sizes and times', () => {
    expect(toSize(512)).toBe('512 bytes');
    expect(toSize(1_400_000)).toBe('1.4 MB');
    expect(toSize(214_000_000)).toBe('214 MB');
    expect(toUptime(59)).toBe('less than a minute');
    expect(toUptime(3600)).toBe('1 hour');
    expect(toUptime(12 * 86_400 + 5)).toBe('12 days');
  });

  test('the first request holds a variable, never a token', async () => {
    expect(await firstCurl('http://x', undefined)).toContain('Bearer $TOKEN');
    const made = await firstCurl('http://x', collection('books'));
    expect(made).toContain('http://x/api/collections/books/records');
    expect(made).toContain('"title"');
  });
});

describe('the chart', () => {
  test('lines stand on whole numbers and hold the highest bar', () => {
    expect(yTicks(579)).toEqual([600, 400, 200, 0]);
    expect(yTicks(0)).toEqual([3, 2, 1, 0]);
    for (const highest of [1, 2, 4, 7, 10, 37, 99, 101, 12_345, 9_999_999]) {
      const ticks = yTicks(highest);
      expect(ticks[0]).toBeGreaterThanOrEqual(highest);
      expect(ticks.every(Number.isInteger)).toBe(true);
    }
  });

  test('labels are times within a day and days beyond', () => {
    const start = new Date('2026-11-20T15:00:00.000Z');
    expect(xLabels(start, 86_400)).toHaveLength(7);
    expect(xLabels(start, 86_400)[0]).toMatch(/^\d\d:\d\d$/);
    expect(xLabels(start, 7 * 86_400)[0]).toMatch(/Nov$/);
    expect(xLabels(start, 7 * 86_400).at(-1)).toBe('now');
    expect(bucketName(start, 1800, false)).toMatch(/^\d\d:\d\d to \d\d:\d\d$/);
  });

  test('keys go from bar to bar, and with Shift take those between along', () => {
    const press = (keys: readonly string[]) =>
      keys.reduce<Pointed | undefined>((at, name) => {
        const key = name.replace('Shift+', '');
        return movePointed(at, { key, shiftKey: key !== name }, 9);
      }, undefined);
    expect(press(['ArrowLeft'])).toEqual({ at: 8 });
    expect(press(['Shift+ArrowLeft', 'Shift+ArrowLeft'])).toEqual({ at: 7, from: 9 });
    expect(press(['Shift+ArrowLeft', 'ArrowLeft'])).toEqual({ at: 7 });
    expect(press(['Home', 'ArrowLeft', 'Shift+End'])).toEqual({ at: 9, from: 0 });
    expect(endsOf({ at: 2, from: 5 })).toEqual([2, 5]);
    expect(movePointed({ at: 1 }, { key: 'a', shiftKey: false }, 9)).toBeUndefined();
  });

  test('a stretch of bars is one span with their counts', () => {
    const bars = [0, 1, 2].map((n) => ({ start: new Date(n * 60_000), total: n, failed: 1 }));
    expect(sumOf(bars, { at: 2, from: 1 }, 60)).toEqual({
      start: new Date(60_000),
      end: new Date(180_000),
      total: 3,
      failed: 2,
    });
    expect(sumOf([], { at: 0 }, 60)).toBeUndefined();
  });

  test('a single failure among many can be seen, and parts never overlap', () => {
    const start = new Date(0);
    const bars = [
      { start, total: 0, failed: 0 },
      { start, total: 10_000, failed: 1 },
      { start, total: 3, failed: 3 },
    ];
    const [none, many, all] = shapesOf(bars, 12_000, { width: 960, height: 190 });
    expect(none).toEqual({ ok: undefined, failed: undefined });
    expect(many?.failed?.height).toBeGreaterThanOrEqual(2.5);
    expect((many?.ok?.y ?? 0) + (many?.ok?.height ?? 0)).toBeCloseTo(many?.failed?.y ?? -1);
    expect(all?.ok).toBeUndefined();
  });
});
