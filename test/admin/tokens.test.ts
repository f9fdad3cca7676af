import { expect, test } from 'bun:test';
import type { ApiToken } from '../../admin/src/api/types.ts';
import { endOf, hasEnded, scopeWords } from '../../admin/src/views/tokens/token-words.ts';

const NOW = new Date('2026-11-21T14:00:00.000Z');

function ends(expires_at: string | null): ApiToken {
  return {
    id: 'x',
    name: 'x',
    scopes: ['admin'],
    user_id: 'x',
    email: 'ann@example.com',
    created_at: NOW.toISOString(),
    last_used_at: null,
    expires_at,
  };
}

test('scopes read as a sentence in their usual order, and admin says it all', () => {
  expect(scopeWords(['functions:call', 'records:read'])).toBe('Read records, call functions');
  expect(scopeWords(['records:read', 'admin'])).toBe('Everything');
});

test('a token has ended from its last moment on, and one without an end never', () => {
  expect(hasEnded(ends(NOW.toISOString()), NOW)).toBe(true);
  expect(hasEnded(ends('2026-11-21T14:00:00.001Z'), NOW)).toBe(false);
  expect(hasEnded(ends(null), NOW)).toBe(false);
});

test('a lifetime is counted from now', () => {
  expect(endOf('30', NOW)?.toISOString()).toBe('2026-12-21T14:00:00.000Z');
  expect(endOf('never', NOW)).toBeNull();
});
