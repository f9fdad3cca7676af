import { describe, expect, test } from 'bun:test';
import { toLocal, toMoment } from '../../src/lib/local-time.ts';
import { findZoneFault } from '../../src/lib/time-zone.ts';

describe('a time zone', () => {
  test('every one of the IANA list is one, and local times can be told in it', () => {
    for (const zone of [...Intl.supportedValuesOf('timeZone'), 'UTC', 'CET', 'Asia/Calcutta']) {
      expect(findZoneFault(zone)).toBeUndefined();
      expect(toMoment(toLocal(0, zone), zone)).toBe(0);
    }
  });

  test.each([
    ['Berlin', 'did you mean Europe/Berlin?'],
    ['New York', 'did you mean America/New_York?'],
    ['Europe/Berln', 'did you mean Europe/Berlin?'],
    ['Mars/Phobos', 'such as Europe/Berlin or UTC'],
    ['+02:00', 'such as Europe/Berlin or UTC'],
    ['', 'such as Europe/Berlin or UTC'],
    ['../etc/passwd', 'such as Europe/Berlin or UTC'],
    ['x'.repeat(10_000), 'such as Europe/Berlin or UTC'],
  ])('%p is none, and the nearest are named', (name, hint) => {
    expect(findZoneFault(name)).toContain(hint);
  });
});

describe('a local time', () => {
  test.each([
    ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:00:00.000Z', 'skipped'],
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z', 'twice'],
    ['2026-10-04T02:10', 'Australia/Lord_Howe', '2026-10-03T15:30:00.000Z', 'half an hour skipped'],
    ['2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z', 'half an hour twice'],
    ['2011-12-30T12:00', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', 'a day skipped'],
    ['2026-04-24T00:30', 'Africa/Cairo', '2026-04-23T22:00:00.000Z', 'midnight skipped'],
    ['2026-01-01T00:00', 'Pacific/Kiritimati', '2025-12-31T10:00:00.000Z', 'far ahead'],
  ])('%s in %s is %s (%s)', (local, zone, moment) => {
    expect(new Date(toMoment(Temporal.PlainDateTime.from(local), zone)).toISOString()).toBe(moment);
  });
});
