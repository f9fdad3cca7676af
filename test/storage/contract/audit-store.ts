import { beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { AuditItem } from '../../../src/features/audit/schema.ts';
import type { AuditFilter, AuditStore } from '../../../src/features/audit/store.ts';

const AT = '2030-01-01T00:00:00.000Z';
const ALL = { limit: 100, offset: 0 };

export function auditItem(id: string, changes: Partial<AuditItem> = {}): AuditItem {
  return {
    id,
    created_at: AT,
    action: 'user.create',
    actor_kind: 'admin',
    actor_via: 'session',
    actor_id: 'boss',
    actor_email: 'boss@example.com',
    actor_token_id: 's1',
    subject_type: 'user',
    subject_id: 'ann',
    subject_name: 'ann@example.com',
    details: {},
    request_id: null,
    address: null,
    ...changes,
  };
}

const DAYS = ['2030-01-01', '2030-01-02', '2030-01-03'].map((day) => `${day}T00:00:00.000Z`);
const anyItem = fc.record({
  created_at: fc.constantFrom(...DAYS),
  action: fc.constantFrom('user.create', 'user.delete', 'collection.delete'),
  actor_id: fc.constantFrom('boss', 'ann', null),
  actor_email: fc.constantFrom('boss@example.com', 'Ändi@example.com', null),
  subject_id: fc.constantFrom('a', 'b', null),
  subject_name: fc.constantFrom('ÄPFEL', 'posts', null),
});
const anyFilter = fc.record(
  {
    action: fc.constantFrom('user.create', 'user.delete', 'user', 'collection', 'users'),
    actor_id: fc.constantFrom('boss', 'ann'),
    subject_type: fc.constantFrom('user', 'collection'),
    subject_id: fc.constantFrom('a', 'b'),
    created_after: fc.constantFrom(...DAYS),
    created_before: fc.constantFrom(...DAYS),
    search: fc.constantFrom('äpfel', 'POST', 'example.com', 'ä', '%', 'nobody'),
  },
  { requiredKeys: [] },
);

/** The filter, said in another way than SQL does. */
function fits(item: AuditItem, filter: AuditFilter): boolean {
  const { action, search, created_after: after, created_before: before } = filter;
  const isPart = (text: string | null) =>
    (text ?? '').toLowerCase().includes((search ?? '').toLowerCase());
  return (
    (action === undefined || item.action === action || item.action.split('.')[0] === action) &&
    (filter.actor_id ?? item.actor_id) === item.actor_id &&
    (filter.subject_type ?? item.subject_type) === item.subject_type &&
    (filter.subject_id ?? item.subject_id) === item.subject_id &&
    (after === undefined || item.created_at >= after) &&
    (before === undefined || item.created_at < before) &&
    (search === undefined || isPart(item.subject_name) || isPart(item.actor_email))
  );
}

/** What every store of the audit log must do. */
export function auditStoreContract(database: string, open: () => AuditStore): void {
  describe(`audit store on ${database}`, () => {
    let audit: AuditStore;
    beforeEach(() => {
      audit = open();
    });
    const idsOf = async (filter: AuditFilter, window = ALL) =>
      (await audit.list(filter, window)).items.map(({ id }) => id);

    test('an entry comes back as it was noted, newest first', async () => {
      const full = auditItem('a', {
        details: { was: { email: 'ä\u0000"' }, n: [1.5, null, true] },
        request_id: 'r',
        address: '::1',
      });
      const empty = auditItem('b', {
        actor_kind: 'system',
        actor_via: null,
        actor_id: null,
        actor_email: null,
        actor_token_id: null,
        subject_id: null,
        subject_name: null,
      });
      await audit.add(full);
      await audit.add(empty);
      expect(await audit.list({}, ALL)).toEqual({ items: [empty, full], total: 2 });
    });

    test('a page is cut out, and the total is of all that fit', async () => {
      for (const id of ['a', 'b', 'c']) await audit.add(auditItem(id));
      await audit.add(auditItem('other', { actor_id: 'ann' }));
      const filter = { actor_id: 'boss' };
      expect(await idsOf(filter, { limit: 1, offset: 1 })).toEqual(['b']);
      const beyond = await audit.list(filter, { limit: 1, offset: 3 });
      expect(beyond).toEqual({ items: [], total: 3 });
    });

    test('what fits a filter is what fits all of its parts', async () => {
      const property = fc.asyncProperty(
        fc.array(anyItem, { maxLength: 12 }),
        anyFilter,
        async (some, filter) => {
          const store = open();
          const items = some.map((one, n) =>
            auditItem(String(n), {
              ...one,
              subject_type: one.action.startsWith('user') ? 'user' : 'collection',
            }),
          );
          for (const item of items) await store.add(item);
          const { items: found, total } = await store.list(filter, ALL);
          const expected = items.filter((item) => fits(item, filter)).reverse();
          expect(found).toEqual(expected);
          expect(total).toBe(expected.length);
        },
      );
      await fc.assert(property, { numRuns: 60 });
    });

    test('the oldest go first, so many at a time, also where the clock went back', async () => {
      for (const [id, day] of ['2', '1', '4', '3', '5'].entries())
        await audit.add(auditItem(String(id), { created_at: `2030-01-0${day}T00:00:00.000Z` }));
      const before = '2030-01-04T00:00:00.000Z';
      expect(await audit.deleteBefore(before, 2)).toBe(2);
      expect(await idsOf({})).toEqual(['4', '3', '2']);
      expect(await audit.deleteBefore(before, 2)).toBe(1);
      expect(await audit.deleteBefore(before, 2)).toBe(0);
      expect(await idsOf({})).toEqual(['4', '2']);
    });
  });
}
