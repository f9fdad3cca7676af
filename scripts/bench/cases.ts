import { formatRequest } from '../support/raw-connection.ts';
import { makeItem, RATINGS, spread } from './fields.ts';
import { fetchList, type ListQuery, recordsPath } from './rival.ts';
import { addAlbums, type Site } from './site.ts';

export const HOST = '127.0.0.1';
const PAGE_ROWS = 30;
/** Different requests in a measurement, so that no answer is simply the one before. */
const VARIETY = 1000;
/** Different filters and positions: fewer, as each of them is asked for beforehand or compared. */
const LIST_VARIETY = 100;

export const CASE_NAMES = [
  'create',
  'read',
  'page',
  'filtered-total',
  'filtered',
  'deep-cursor',
  'deep-offset',
  'search',
  'update',
  'cascade',
] as const;
export type CaseName = (typeof CASE_NAMES)[number];

/** What a measurement of one case needs besides the rows. */
export interface Setting {
  readonly site: Site;
  readonly draftIds: readonly string[];
  /** Sent with each request, when it is. */
  readonly token: string | undefined;
  /** For cascades: how many records are deleted. */
  readonly parents: number;
}

export interface BenchCase {
  readonly title: string;
  /** Only reads can be compared while somebody writes at a low rate beside them. */
  readonly isRead: boolean;
  /** Each of its requests can be sent only once. */
  readonly isOnce?: boolean;
  /** One answer may take a second and more. */
  readonly isSlow?: boolean;
  expectStatus(site: Site): number;
  requests(setting: Setting): Promise<readonly string[]> | readonly string[];
  /** Lists whose numbers of items and totals must be the same for every rival. */
  queries?(site: Site): readonly ListQuery[];
}

const filtered = (withTotal: boolean) => () =>
  listVariety(
    (index): ListQuery => ({
      // Between a tenth and a fifth of all rows.
      filter: `rating >= ${RATINGS * 0.8 + index}`,
      sort: '-rating',
      limit: PAGE_ROWS,
      withTotal,
    }),
  );

const deepPages = ({ rows }: Site) =>
  listVariety(
    (index): ListQuery => ({
      sort: '-rating',
      limit: PAGE_ROWS,
      offset: deepOffset(index, rows),
      withTotal: false,
    }),
  );

/** Multiples of the page, in the second half of the rows. */
function deepOffset(index: number, rows: number): number {
  const pages = Math.floor(rows / PAGE_ROWS);
  const half = Math.max(1, Math.floor(pages / 2));
  return Math.max(1, pages - 1 - spread(index, half)) * PAGE_ROWS;
}

const searches = () =>
  listVariety(
    // In capitals: both find without regard to case.
    (index): ListQuery => ({
      filter: `title ~ 'NUMBER ${index + 10}'`,
      limit: PAGE_ROWS,
      withTotal: true,
    }),
  );

const firstPage = (): readonly ListQuery[] => [{ limit: PAGE_ROWS, withTotal: true }];

const created = ({ rival }: Site) => rival.createdStatus;
const ok = () => 200;

export const CASES = {
  create: {
    title: 'create',
    isRead: false,
    expectStatus: created,
    requests: ({ site, token }) =>
      Array.from({ length: VARIETY }, (_, index) => createItem(site, 'drafts', index, token)),
  },
  read: {
    title: 'read by id',
    isRead: true,
    expectStatus: ok,
    requests: ({ site, token }) =>
      Array.from({ length: VARIETY }, (_, index) => {
        const id = site.itemIds[spread(index, site.itemIds.length)];
        return request(site, 'GET', `${recordsPath('items')}/${id}`, token);
      }),
  },
  page: {
    title: 'first page of all, total',
    isRead: true,
    expectStatus: ok,
    requests: (setting) => lists(setting, firstPage()),
    queries: firstPage,
  },
  'filtered-total': {
    title: 'filter, sort (index), total',
    isRead: true,
    expectStatus: ok,
    requests: (setting) => lists(setting, filtered(true)()),
    queries: filtered(true),
  },
  filtered: {
    title: 'filter, sort (index), no total',
    isRead: true,
    expectStatus: ok,
    requests: (setting) => lists(setting, filtered(false)()),
    queries: filtered(false),
  },
  'deep-cursor': {
    title: 'deep page: cursor | page number',
    isRead: true,
    expectStatus: ok,
    requests: async (setting) => lists(setting, await toCursors(setting.site)),
  },
  'deep-offset': {
    title: 'deep page: offset | page number',
    isRead: true,
    expectStatus: ok,
    requests: (setting) => lists(setting, deepPages(setting.site)),
    queries: deepPages,
  },
  search: {
    title: 'substring search, total',
    isRead: true,
    isSlow: true,
    expectStatus: ok,
    requests: (setting) => lists(setting, searches()),
    queries: searches,
  },
  update: {
    title: 'update of an indexed field',
    isRead: false,
    expectStatus: ok,
    requests: ({ site, draftIds, token }) =>
      Array.from({ length: VARIETY }, (_, index) => {
        const id = draftIds[spread(index, draftIds.length)];
        const body = { rating: spread(index + 1, RATINGS), title: `Changed to ${index}` };
        return request(site, 'PATCH', `${recordsPath('drafts')}/${id}`, token, body);
      }),
  },
  cascade: {
    title: 'delete with 10 children',
    isRead: false,
    isOnce: true,
    expectStatus: () => 204,
    requests: async ({ site, token, parents }) =>
      (await addAlbums(site, parents)).map((id) =>
        request(site, 'DELETE', `${recordsPath('albums')}/${id}`, token),
      ),
  },
} as const satisfies Record<CaseName, BenchCase>;

/** Throws unless every rival answers the queries of a case with as many items and the same total. */
export async function checkEqualAnswers(name: CaseName, sites: readonly Site[]): Promise<void> {
  const { queries }: BenchCase = CASES[name];
  const [first] = sites;
  if (queries === undefined || first === undefined) return;
  for (const query of queries(first).slice(0, 5)) {
    const answers = await Promise.all(sites.map(({ rival }) => fetchList(rival, 'items', query)));
    const said = answers.map(({ count, total }) => `${count} items, total ${total}`);
    if (new Set(said).size > 1 || answers[0]?.count === 0) {
      throw new Error(
        `${JSON.stringify(query)} has different answers or none: ${sites.map(({ rival }, index) => `${rival.name} ${said[index]}`).join('; ')}`,
      );
    }
  }
}

/** The request that creates the row of an index. */
export function createItem(
  site: Site,
  collection: 'items' | 'drafts',
  index: number,
  token: string | undefined,
): string {
  const row = makeItem(index, site.authorIds);
  return request(site, 'POST', recordsPath(collection), token, row);
}

/** The same pages by their cursors, which come from the page before; by number where there are none. */
async function toCursors(site: Site): Promise<readonly ListQuery[]> {
  if (site.rival.name === 'PocketBase') return deepPages(site);
  const found: ListQuery[] = [];
  for (const { offset = 0, ...query } of deepPages(site)) {
    const before = await fetchList(site.rival, 'items', { ...query, offset: offset - query.limit });
    if (before.nextCursor === undefined) throw new Error(`There is no page after ${offset}`);
    found.push({ ...query, cursor: before.nextCursor });
  }
  return found;
}

function listVariety(make: (index: number) => ListQuery): readonly ListQuery[] {
  return Array.from({ length: LIST_VARIETY }, (_, index) => make(index));
}

function lists({ site, token }: Setting, queries: readonly ListQuery[]): readonly string[] {
  return queries.map((query) => request(site, 'GET', site.rival.listPath('items', query), token));
}

function request(
  { rival }: Site,
  method: string,
  path: string,
  token: string | undefined,
  body?: unknown,
): string {
  return formatRequest(method, path, {
    host: `${HOST}:${rival.port}`,
    ...(token === undefined ? {} : { token }),
    body,
  });
}
