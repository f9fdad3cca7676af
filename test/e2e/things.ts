import { expect } from 'bun:test';
import type { Answer } from '../../scripts/support/http-client.ts';
import { problem, type Served } from '../support/served.ts';
import { type Data, fill, makeCollection, readAll, readData, recordsOf } from './bulk.ts';

/** Collections of their own for each test, and what happens when their fields change. */
export function createThings(served: () => Served) {
  let made = 0;

  function change(name: string, fields: readonly object[], query = ''): Promise<Answer> {
    return served().admin.patch(`/api/collections/${name}${query}`, { schema: { fields } });
  }

  /** All that can be seen of a collection: its definition and every record. */
  async function picture(name: string): Promise<unknown> {
    const { body } = await served().admin.get(`/api/collections/${name}`);
    return { collection: body, records: await readAll(served().admin, name) };
  }

  return {
    change,
    picture,

    async make(fields: readonly object[], rows: readonly Data[] = []): Promise<string> {
      const name = `things_${++made}`;
      await makeCollection(served().admin, name, fields);
      if (rows.length > 0) await fill(served().admin, name, rows);
      return name;
    },

    dataOf: (name: string) => readData(served().admin, name),
    idsOf: async (name: string) => (await readAll(served().admin, name)).map(({ id }) => id),
    list: (name: string, query: string) => served().admin.get(`${recordsOf(name)}?${query}`),

    /** The change is refused, also by a plan, and nothing of the collection moves; answers why. */
    async expectRefusal(name: string, fields: readonly object[], query: string): Promise<string> {
      const before = await picture(name);
      const plan = await change(name, fields, `${query === '' ? '?' : `${query}&`}dry_run=true`);
      expect(plan.status).toBe(200);
      expect(plan.body.possible).toBe(false);
      const { status, body } = await change(name, fields, query);
      expect(body).toEqual(problem('conflict'));
      expect(status).toBe(409);
      expect(await picture(name)).toEqual(before);
      return body.detail;
    },

    async expectDone(name: string, fields: readonly object[], query = ''): Promise<void> {
      const { status, body } = await change(name, fields, query);
      expect({ status, detail: body.detail }).toEqual({ status: 200, detail: undefined });
    },
  };
}
