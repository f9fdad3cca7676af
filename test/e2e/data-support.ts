import { expect } from 'bun:test';
import { type Answer, type Client, expectStatus } from '../../scripts/support/http-client.ts';

type Fields = readonly object[];

/** Every operation at one level. */
export function accessOf(level: string) {
  return { list: level, read: level, create: level, update: level, delete: level };
}

export const recordsOf = (collection: string) => `/api/collections/${collection}/records`;

/** The place of a collection's records with these parameters of the query. */
export function listOf(collection: string, query: Readonly<Record<string, string | number>>) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) parameters.append(name, String(value));
  return `${recordsOf(collection)}?${parameters}`;
}

/** Makes a collection, open to everybody unless options say otherwise. */
export async function define(
  admin: Client,
  name: string,
  fields: Fields,
  options: Readonly<Record<string, unknown>> = {},
) {
  const body = { name, schema: { fields }, options: { access: accessOf('public'), ...options } };
  return expectStatus(await admin.post('/api/collections', body), 201, `making ${name}`);
}

/** Creates a record; the answer is the record. */
export async function add(who: Client, collection: string, data: object, query = '') {
  const answer = await who.post(`${recordsOf(collection)}${query}`, data);
  return expectStatus(answer, 201, `adding ${JSON.stringify(data).slice(0, 200)} to ${collection}`);
}

/** Sends JSON that is written by hand, for what JSON.stringify would never write. */
export function sendText(who: Client, method: string, path: string, text: string) {
  return who.request(method, path, text, { 'content-type': 'application/json' });
}

/** Checks that this is 422 with faults at exactly these places, and answers the messages. */
export function expectFaults(
  answer: Answer,
  what: string,
  ...locs: readonly (readonly (string | number)[])[]
): readonly string[] {
  const context = `${what}: ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 800)}`;
  expect(answer.status, context).toBe(422);
  expect(answer.body.code, context).toBe('invalid_input');
  const detail: readonly { readonly loc: unknown; readonly msg: string }[] = answer.body.detail;
  expect(detail.map(({ loc }) => JSON.stringify(loc)).sort(), context).toEqual(
    locs.map((loc) => JSON.stringify(loc)).sort(),
  );
  return detail.map(({ msg }) => msg);
}

/** Checks for an error that is one sentence, and answers the sentence. */
export function expectProblem(answer: Answer, status: number, code: string, what = ''): string {
  const context = `${what}: ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 800)}`;
  expect(answer.status, context).toBe(status);
  expect(answer.body.code, context).toBe(code);
  expect(answer.body.detail, context).toMatch(/\w/);
  return answer.body.detail;
}
