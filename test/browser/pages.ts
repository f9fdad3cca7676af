import { readFileSync } from 'node:fs';
import { inRoot } from '../../scripts/support/paths.ts';

/** What the servers of the page tests hold; made in page-data.ts. */
export interface Places {
  readonly record: string;
  /** A record with the types that a book has not. */
  readonly loan: string;
  readonly call: string;
  readonly schedule: string;
  readonly user: string;
  readonly token: string;
  /** An entry of the audit log that says what was and is. */
  readonly entry: string;
  readonly backup: string;
  readonly deployment: string;
}

export interface Visit {
  /** The route of admin/src/router.ts that this is. */
  readonly route: string;
  readonly path: string;
  readonly title: string;
  /** Which server: with nothing in it, with an empty collection and an idle function, or with data. */
  readonly server: 'bare' | 'empty' | 'full';
}

type Titled = readonly [path: string, title: string];

interface RouteVisits {
  readonly bare?: readonly Titled[];
  readonly empty?: readonly Titled[];
  readonly full: (places: Places) => readonly Titled[];
}

const same = (path: string, title: string): RouteVisits => ({
  bare: [[path, title]],
  full: () => [[path, title]],
});

/** Pages of one collection or one function: `blank` has neither fields nor records, `idle` no input. */
const ofCollection = (tab: string, title: (name: string) => string): RouteVisits => ({
  empty: [[`/collections/blank${tab}`, title('blank')]],
  full: () => [[`/collections/books${tab}`, title('books')]],
});
const ofFunction = (tab: string, title: (name: string) => string): RouteVisits => ({
  empty: [[`/functions/idle${tab}`, title('idle')]],
  full: () => [
    [`/functions/order_books${tab}`, title('order_books')],
    [`/functions/fails${tab}`, title('fails')],
  ],
});

/** Every route of the router, with the places where it is seen. */
const ROUTES: Readonly<Record<string, RouteVisits>> = {
  '/': same('/', 'Overview'),
  '/collections': same('/collections', 'Collections'),
  '/collections/new': {
    bare: [
      ['/collections/new', 'New collection'],
      ['/collections/new?from=json', 'New collection'],
    ],
    full: () => [['/collections/new?like=books', 'New collection']],
  },
  '/collections/:name': ofCollection('', (name) => name),
  '/collections/:name/records': {
    empty: [
      ['/collections/blank/records', 'blank'],
      ['/collections/blank/records?open=new', 'blank'],
    ],
    full: ({ record, loan }) => [
      ['/collections/books/records', 'books'],
      ['/collections/books/records?page=2', 'books'],
      [`/collections/books/records?open=${record}`, 'books'],
      ['/collections/books/records?open=new', 'books'],
      ['/collections/books/records?filter=price%20%3E%3D%2060&sort=-price', 'books'],
      ['/collections/books/records?filter=price%20%3E%201000', 'books'],
      ['/collections/loans/records', 'loans'],
      [`/collections/loans/records?open=${loan}`, 'loans'],
      ['/collections/loans/records?open=new', 'loans'],
    ],
  },
  '/collections/:name/schema': ofCollection('/schema', (name) => `Schema of ${name}`),
  '/collections/:name/access': ofCollection('/access', (name) => `Access to ${name}`),
  '/collections/:name/api': {
    empty: [
      ['/collections/blank/api', 'API of blank'],
      ['/collections/blank/api?do=create', 'API of blank'],
    ],
    full: () => [
      ['/collections/books/api', 'API of books'],
      ['/collections/books/api?do=batch', 'API of books'],
      ['/collections/books/api?do=export', 'API of books'],
    ],
  },
  '/collections/:name/settings': ofCollection('/settings', (name) => `Settings of ${name}`),
  '/functions': same('/functions', 'Functions'),
  '/functions/deployments': {
    bare: [['/functions/deployments', 'Deployments']],
    full: ({ deployment }) => [
      ['/functions/deployments', 'Deployments'],
      [`/functions/deployments?open=${deployment}`, 'Deployments'],
    ],
  },
  '/functions/:name': ofFunction('', (name) => name),
  '/functions/:name/:tab(run|source|schema|api)': {
    empty: ['run', 'source', 'schema', 'api'].map(
      (tab) => [`/functions/idle/${tab}`, 'idle'] as const,
    ),
    full: ({ call }) =>
      [`run?again=${call}`, 'source?line=5', 'schema', 'api'].map(
        (tab) => [`/functions/order_books/${tab}`, 'order_books'] as const,
      ),
  },
  '/functions/:name/:tab(calls)': ofFunction('/calls', (name) => `Calls of ${name}`),
  '/schedules': {
    bare: [['/schedules', 'Schedules']],
    empty: [
      ['/schedules', 'Schedules'],
      ['/schedules?open=new', 'Schedules'],
    ],
    full: ({ schedule }) => [
      ['/schedules', 'Schedules'],
      ['/schedules?open=new', 'Schedules'],
      [`/schedules?open=${schedule}`, 'Schedules'],
      ['/schedules?search=nothing-like-it', 'Schedules'],
    ],
  },
  '/calls': {
    bare: [['/calls', 'Calls']],
    full: ({ call }) => [
      ['/calls?range=all', 'Calls'],
      [`/calls?range=all&open=${call}`, 'Calls'],
    ],
  },
  '/users': {
    bare: [['/users', 'Users']],
    full: ({ user }) => [
      ['/users', 'Users'],
      ['/users?open=new', 'Users'],
      ['/users?who=disabled&search=nobody-like-it', 'Users'],
      [`/users?open=${user}`, 'Users'],
    ],
  },
  '/api-tokens': {
    bare: [
      ['/api-tokens', 'API tokens'],
      ['/api-tokens?open=new', 'API tokens'],
    ],
    full: ({ token }) => [
      ['/api-tokens', 'API tokens'],
      [`/api-tokens?open=${token}`, 'API tokens'],
    ],
  },
  '/audit': {
    bare: [
      ['/audit', 'Audit log'],
      ['/audit?search=nothing-like-it', 'Audit log'],
    ],
    full: ({ entry }) => [
      ['/audit', 'Audit log'],
      [`/audit?action=user&open=${entry}`, 'Audit log'],
    ],
  },
  '/backups': {
    bare: [['/backups', 'Backups']],
    full: ({ backup }) => [
      ['/backups', 'Backups'],
      [`/backups?open=${backup}`, 'Backups'],
    ],
  },
  '/api': same('/api', 'API'),
  '/extensions': {
    bare: [['/extensions', 'Extensions']],
    full: () => [
      ['/extensions', 'Extensions'],
      ['/extensions?open=greets', 'Extensions'],
      ['/extensions?open=notes', 'Extensions'],
      ['/extensions?open=faulty', 'Extensions'],
    ],
  },
  '/settings': {
    bare: [['/settings', 'Settings']],
    full: () => [
      ['/settings', 'Settings'],
      ['/settings?at=config', 'Settings'],
    ],
  },
  '/:rest(.*)*': same('/no/such/page', 'No such page'),
};

/** Pages before anybody is signed in: seen by a window without a cookie. */
export const GATES: Readonly<Record<string, readonly Titled[]>> = {
  '/signin': [
    ['/signin', 'Sign in'],
    ['/calls', 'Sign in'],
  ],
  '/setup': [
    ['/setup', 'Set up'],
    ['/setup?token=used-long-ago-or-never-there', 'Set up'],
  ],
  '/reset': [
    ['/reset', 'New password'],
    ['/reset?token=used-long-ago-or-never-there', 'New password'],
  ],
  '/verify': [
    ['/verify', 'Confirm address'],
    ['/verify?token=used-long-ago-or-never-there', 'Confirm address'],
  ],
  '/forgot': [['/forgot', 'Forgotten password']],
};

export function visits(has: 'nothing' | 'data', places: Places): Visit[] {
  return Object.entries(ROUTES).flatMap(([route, { bare = [], empty = [], full }]) => {
    const at = (server: Visit['server'], titled: readonly Titled[]) =>
      titled.map(([path, title]) => ({ route, path, title, server }));
    return has === 'data' ? at('full', full(places)) : [...at('bare', bare), ...at('empty', empty)];
  });
}

export const VISITED = [...Object.keys(GATES), ...Object.keys(ROUTES)];

/** The paths of the router, read from its text: its views only load in a browser. */
export function readRouterPaths(): string[] {
  const source = readFileSync(inRoot('admin', 'src', 'router.ts'), 'utf8');
  return [...source.matchAll(/^\s*path: '([^']+)',$/gm)].map(([, path]) => path ?? '');
}
