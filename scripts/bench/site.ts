import { AUTHORS, COLLECTIONS, type CollectionName, makeItem, type Row } from './fields.ts';
import { countRecords, type Rival } from './rival.ts';

/** As many as a batch of either rival takes. */
const BATCH_ROWS = 500;
const BATCHES_IN_FLIGHT = 4;
/** What creates and updates go to starts with so many rows, however many are read. */
const MAX_DRAFTS = 10_000;
export const SONGS_PER_ALBUM = 10;

/** A rival with its rows. */
export interface Site {
  readonly rival: Rival;
  readonly rows: number;
  readonly authorIds: readonly string[];
  readonly itemIds: readonly string[];
}

/** Makes all collections and fills those that are read. */
export async function makeSite(rival: Rival, rows: number): Promise<Site> {
  for (const name of Object.keys(COLLECTIONS) as CollectionName[]) {
    await rival.createCollection(name, COLLECTIONS[name]);
  }
  const authorIds = await fill(rival, 'authors', AUTHORS, (index) => ({ name: `Author ${index}` }));
  const itemIds = await fill(rival, 'items', rows, (index) => makeItem(index, authorIds));
  return { rival, rows, authorIds, itemIds };
}

/** The drafts as they were at the start, so that no block of measurements feels the one before; their ids. */
export async function renewDrafts({ rival, rows, authorIds }: Site): Promise<readonly string[]> {
  await rival.dropCollection('drafts');
  await rival.createCollection('drafts', COLLECTIONS.drafts);
  const count = Math.min(rows, MAX_DRAFTS);
  return fill(rival, 'drafts', count, (index) => makeItem(index, authorIds));
}

/** New albums with their songs; the ids of the albums. */
export async function addAlbums({ rival }: Site, count: number): Promise<readonly string[]> {
  const albumIds = await fill(rival, 'albums', count, (index) => ({ title: `Album ${index}` }));
  await fill(rival, 'songs', count * SONGS_PER_ALBUM, (index) => ({
    title: `Song ${index}`,
    album: albumIds[Math.floor(index / SONGS_PER_ALBUM)] ?? '',
  }));
  return albumIds;
}

/** Throws unless every rival holds just as many rows of what is read, counted by itself. */
export async function checkEqualRows(sites: readonly Site[]): Promise<void> {
  for (const name of ['authors', 'items', 'albums', 'songs'] as const) {
    const counts = await Promise.all(sites.map(({ rival }) => countRecords(rival, name)));
    if (new Set(counts).size > 1) {
      const said = sites.map(({ rival }, index) => `${rival.name} ${counts[index]}`).join(', ');
      throw new Error(`The rows of ${name} are not equal: ${said}`);
    }
  }
}

/** Creates rows 0…count-1 in batches; the ids in that order. */
async function fill(
  rival: Rival,
  name: CollectionName,
  count: number,
  makeRow: (index: number) => Row,
): Promise<readonly string[]> {
  const batches = Math.ceil(count / BATCH_ROWS);
  const ids: (readonly string[])[] = [];
  let next = 0;
  const work = async () => {
    for (let batch = next++; batch < batches; batch = next++) {
      const first = batch * BATCH_ROWS;
      const size = Math.min(BATCH_ROWS, count - first);
      const rows = Array.from({ length: size }, (_, index) => makeRow(first + index));
      ids[batch] = await rival.createMany(name, rows);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, work));
  return ids.flat();
}
