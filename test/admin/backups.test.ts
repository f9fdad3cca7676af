import { expect, test } from 'bun:test';
import type { Backup } from '../../admin/src/api/types.ts';
import { fileName, stateWords } from '../../admin/src/views/backups/backup-words.ts';

const DONE: Backup = {
  id: 'b',
  status: 'done',
  trigger_type: 'manual',
  location: 'backups/a.db',
  progress: null,
  size_bytes: 1,
  sha256: 'x',
  error: null,
  created_at: '2030-01-01T00:00:00.000Z',
  finished_at: '2030-01-01T00:00:00.000Z',
  checked_at: null,
  check_result: null,
};

test('the state of a backup says how far it is, and what a check has found', () => {
  const labelOf = (change: Partial<Backup>) => stateWords({ ...DONE, ...change }).label;
  expect(labelOf({ status: 'running' })).toBe('Running');
  expect(labelOf({ status: 'running', progress: 0.456 })).toBe('Running 45 %');
  expect(labelOf({ status: 'failed' })).toBe('Failed');
  expect(labelOf({})).toBe('Done');
  expect(labelOf({ check_result: 'ok' })).toBe('Checked');
  expect(labelOf({ check_result: 'torn' })).toBe('Damaged');
});

test('a place is shown by the name of its file', () => {
  expect(fileName('s3://bucket/a.db')).toBe('a.db');
  expect(fileName('a.db')).toBe('a.db');
});
