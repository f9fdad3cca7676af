// What both rivals get: the same collections, fields, indexes and values.

export const CATEGORIES = ['essay', 'guide', 'letter', 'novel', 'poem', 'review'] as const;

export interface BenchField {
  readonly name: string;
  readonly kind:
    | 'text'
    | 'integer'
    | 'number'
    | 'bool'
    | 'datetime'
    | 'email'
    | 'choice'
    | 'relation';
  readonly required?: boolean;
  readonly indexed?: boolean;
  /** Of a choice. */
  readonly choices?: readonly string[];
  /** The collection that a relation leads to; deleting its record deletes this one. */
  readonly to?: CollectionName;
}

export type CollectionName = 'authors' | 'items' | 'drafts' | 'albums' | 'songs';
export type Row = Readonly<Record<string, string | number | boolean>>;

/** Ten fields; `rating` is indexed, and the relation, which both need for their cascades. */
const ITEM_FIELDS: readonly BenchField[] = [
  { name: 'title', kind: 'text', required: true },
  { name: 'body', kind: 'text' },
  { name: 'category', kind: 'choice', choices: CATEGORIES },
  { name: 'rating', kind: 'integer', indexed: true },
  { name: 'views', kind: 'integer' },
  { name: 'price', kind: 'number' },
  { name: 'published', kind: 'bool' },
  { name: 'released', kind: 'datetime' },
  { name: 'contact', kind: 'email' },
  { name: 'author', kind: 'relation', to: 'authors' },
];

/** In the order in which they can be made. */
export const COLLECTIONS = {
  authors: [{ name: 'name', kind: 'text', required: true }],
  /** Read all the time; only the writer beside the readers adds to it, as many for both. */
  items: ITEM_FIELDS,
  /** Written to, and made anew for each block of measurements. */
  drafts: ITEM_FIELDS,
  albums: [{ name: 'title', kind: 'text', required: true }],
  songs: [
    { name: 'title', kind: 'text', required: true },
    { name: 'album', kind: 'relation', to: 'albums', required: true },
  ],
} as const satisfies Readonly<Record<CollectionName, readonly BenchField[]>>;

export const AUTHORS = 500;
/** Ratings run from 0 to this, evenly spread. */
export const RATINGS = 1000;

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2000, 0, 1);
const ADJECTIVES = ['bright', 'calm', 'early', 'gentle', 'narrow', 'plain', 'quiet'];
const NOUNS = ['bridge', 'garden', 'harbor', 'ladder', 'market'];

/** The same index gives both rivals the same values; only the ids of the authors are their own. */
export function makeItem(index: number, authorIds: readonly string[]): Row {
  return {
    title: `The ${wordAt(ADJECTIVES, index)} ${wordAt(NOUNS, index)} number ${index}`,
    body: `Some words that make up the body of row ${index}, `.repeat(4).trim(),
    category: wordAt(CATEGORIES, index),
    rating: spread(index, RATINGS),
    views: index,
    price: (index % 1000) + 0.25,
    published: index % 2 === 0,
    released: new Date(FIRST_DAY + spread(index, 9000) * DAY_MS).toISOString(),
    contact: `person${index % 5000}@example.com`,
    author: wordAt(authorIds, index),
  };
}

/** A number below `count`, far from the one of the index before; the same in every run. */
export function spread(index: number, count: number): number {
  return (index * 7919 + 13) % count;
}

function wordAt(words: readonly string[], index: number): string {
  const word = words[index % words.length];
  if (word === undefined) throw new Error('There is no word to take');
  return word;
}
