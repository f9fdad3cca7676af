import type { Client } from '../support/http-client.ts';
import type { BenchField, CollectionName, Row } from './fields.ts';

/** Who may do everything with the collections: anybody, or whoever sends a user's token. */
export type BenchAccess = 'public' | 'auth';

export interface ListQuery {
  /** Both languages read these alike. */
  readonly filter?: string;
  readonly sort?: string;
  readonly limit: number;
  /** A multiple of the limit. */
  readonly offset?: number;
  readonly cursor?: string;
  readonly withTotal: boolean;
}

/** What a list answered, as far as both must agree. */
export interface ListAnswer {
  readonly count: number;
  readonly total: number | undefined;
  readonly nextCursor: string | undefined;
}

/** A server under test, in a process of its own. */
export interface Rival {
  readonly name: 'TinyBase' | 'PocketBase';
  readonly version: string;
  readonly port: number;
  readonly pid: number;
  /** The right to everything. */
  readonly admin: Client;
  /** The token of an ordinary user. */
  readonly token: string;
  readonly createdStatus: number;
  createCollection(name: CollectionName, fields: readonly BenchField[]): Promise<void>;
  /** With all its records. */
  dropCollection(name: CollectionName): Promise<void>;
  setAccess(name: CollectionName, access: BenchAccess): Promise<void>;
  /** Creates some records in one transaction and answers their ids. */
  createMany(name: CollectionName, rows: readonly Row[]): Promise<readonly string[]>;
  listPath(name: CollectionName, query: ListQuery): string;
  readList(body: unknown): ListAnswer;
  stop(): Promise<void>;
}

/** Both have the same. */
export function recordsPath(name: CollectionName): string {
  return `/api/collections/${name}/records`;
}

/** How many records a collection has, as its own API counts them. */
export async function countRecords(rival: Rival, name: CollectionName): Promise<number> {
  const { total } = await fetchList(rival, name, { limit: 1, withTotal: true });
  if (total === undefined) throw new Error(`${rival.name} did not count ${name}`);
  return total;
}

export async function fetchList(
  rival: Rival,
  name: CollectionName,
  query: ListQuery,
): Promise<ListAnswer> {
  const path = rival.listPath(name, query);
  const { status, body } = await rival.admin.get(path);
  if (status !== 200) {
    throw new Error(`${rival.name}: GET ${path} answered ${status} ${JSON.stringify(body)}`);
  }
  return rival.readList(body);
}
