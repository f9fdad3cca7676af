import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectStatus } from '../../scripts/support/http-client.ts';
import { serveForFile } from '../support/served.ts';

const page = readFileSync(join(import.meta.dir, '../../docs/guide/rules.md'), 'utf8');
const served = serveForFile();
const OPEN = { list: 'public', read: 'public' };

/** The rows below a head: a level, then what nobody, Bob, Ann and an admin get. */
function rowsBelow(head: string): readonly (readonly string[])[] {
  const start = page.indexOf(`| ${head} | nobody signed in | Bob | Ann | an admin |`);
  const rows = page.slice(start).split('\n\n')[0]?.split('\n').slice(2) ?? [];
  expect(rows).toHaveLength(4);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

async function makeRecord(name: string, access: object, field: object = {}): Promise<string> {
  const { admin, ann } = served();
  const collection = {
    name,
    schema: { fields: [{ name: 'text', type: 'string', ...field }] },
    options: { access },
  };
  expectStatus(await admin.post('/api/collections', collection), 201, name);
  const path = `/api/collections/${name}/records`;
  const made = await admin.post(`${path}?owner_id=${ann.id}`, { text: 'a' });
  return `${path}/${expectStatus(made, 201, name).id}`;
}

function callers() {
  const { anonymous, bob, ann, admin } = served();
  return [anonymous, bob, ann, admin];
}

describe('the tables of rules.md', () => {
  test('hold where all rules have one level', async () => {
    for (const [level = '', ...shown] of rowsBelow('all rules')) {
      const rules = ['list', 'read', 'create', 'update', 'delete'].map((name) => [name, level]);
      const path = await makeRecord(`all_${level}`, Object.fromEntries(rules));
      for (const [index, caller] of callers().entries()) {
        expect(String((await caller.get(path)).status), `GET ${level} ${index}`).toBe(
          String(shown[index]),
        );
        expect(
          String((await caller.patch(path, { text: 'b' })).status),
          `PATCH ${level} ${index}`,
        ).toBe(String(shown[index]));
      }
    }
  });

  test('hold where everybody reads and one rule says who updates', async () => {
    for (const [level = '', ...shown] of rowsBelow('rule update')) {
      const path = await makeRecord(`update_${level}`, { ...OPEN, update: level });
      for (const [index, caller] of callers().entries())
        expect(String((await caller.patch(path, { text: 'b' })).status), `${level} ${index}`).toBe(
          String(shown[index]),
        );
    }
  });

  test('hold for who sees a field', async () => {
    for (const [level = '', ...shown] of rowsBelow('read of the field')) {
      const path = await makeRecord(`field_${level}`, OPEN, { read: level });
      for (const [index, caller] of callers().entries()) {
        const { data } = expectStatus(await caller.get(path), 200, level);
        expect('text' in data ? 'yes' : 'no', `${level} ${index}`).toBe(String(shown[index]));
      }
    }
  });
});
