import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import type { AuditItem } from '../../admin/src/api/types.ts';
import {
  isNarrowed,
  readAuditFilter,
  toAuditQuery,
} from '../../admin/src/views/audit/audit-query.ts';
import {
  ACTION_WORDS,
  actionWords,
  actorWords,
  changedWords,
  toShownDetails,
} from '../../admin/src/views/audit/audit-words.ts';
import { inRoot } from '../../scripts/support/paths.ts';

const NOW = new Date('2026-11-21T14:00:00.000Z');

describe("the filter in the route's query", () => {
  test('nothing said is everything, first page', () => {
    const filter = readAuditFilter({});
    expect(isNarrowed(filter)).toBe(false);
    expect(toAuditQuery(filter, NOW)).toEqual({ limit: 50, offset: 0 });
  });

  test('every part reaches the API', () => {
    const filter = readAuditFilter({
      action: 'user.delete',
      actor: 'a1',
      subject: 's1',
      search: ' ann ',
      range: '24h',
      page: '3',
    });
    expect(isNarrowed(filter)).toBe(true);
    expect(toAuditQuery(filter, NOW)).toEqual({
      action: 'user.delete',
      actor_id: 'a1',
      subject_id: 's1',
      search: 'ann',
      created_after: '2026-11-20T14:00:00.000Z',
      limit: 50,
      offset: 100,
    });
  });

  test('nonsense is nothing said', () => {
    const filter = readAuditFilter({ range: '5y', page: 'x', action: '', search: ['', 'b'] });
    expect(filter).toEqual(readAuditFilter({}));
  });
});

describe('an entry in words', () => {
  test('there are some for every action that the server notes', () => {
    const features = inRoot('src', 'features');
    const files = readdirSync(features, { recursive: true, encoding: 'utf8' });
    const noted = files
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [
        ...readFileSync(`${features}/${file}`, 'utf8').matchAll(
          /(?:action: |\? |: )'((?:user|session|api_token|settings|collection|records|deployment|schedule|extension|backup|migration)\.[a-z_]+)'/g,
        ),
      ])
      .map(([, action]) => String(action));
    expect(noted.length).toBeGreaterThan(20);
    expect(noted.filter((action) => !Object.hasOwn(ACTION_WORDS, action))).toEqual([]);
  });

  test('one that this app does not know yet is shown as it is', () => {
    expect(actionWords('user.delete')).toBe('Deleted the account');
    expect(actionWords('api_token.new_verb')).toBe('api token new verb');
    expect(actionWords('toString')).toBe('toString');
  });

  const actor = (kind: AuditItem['actor_kind'], via: AuditItem['actor_via'], email?: string) =>
    actorWords({ actor_kind: kind, actor_via: via, actor_email: email ?? null });

  test('who did it is told from where there is no account', () => {
    expect(actor('admin', 'session', 'boss@example.com')).toBe('boss@example.com');
    expect(actor('admin', 'api_token', 'boss@example.com')).toBe('boss@example.com, API token');
    expect(actor('anonymous', null)).toBe('Not signed in');
    expect(actor('system', 'command_line')).toBe('Command line');
    expect(actor('system', 'server')).toBe('The server');
  });

  test('details are sentences, values before and after, and facts', () => {
    const details = {
      changes: ['price is added.'],
      changed: ['is_admin', 'password'],
      was: { is_admin: false, 'access.list': 'owner' },
      now: { is_admin: true, 'access.list': null },
      scopes: ['records:read', 'admin'],
      force: true,
      none: [],
    };
    expect(changedWords({ details })).toBe('is_admin, password');
    expect(toShownDetails({ details })).toEqual({
      sentences: ['price is added.'],
      changes: [
        { key: 'is_admin', values: { was: 'false', now: 'true' } },
        { key: 'password', values: null },
        { key: 'access.list', values: { was: 'owner', now: 'nothing' } },
      ],
      facts: [
        ['scopes', 'records:read, admin'],
        ['force', 'true'],
        ['none', 'none'],
      ],
    });
    expect(toShownDetails({ details: {} })).toEqual({ sentences: [], changes: [], facts: [] });
  });
});
