// Who may import whom: the table of docs/architecture.md. Type-only imports count too.
const FEATURE = '^src/features/([^/]+)/';

/** Which feature may use which neighbour, through its service.ts, schema.ts or store.ts. Never a cycle. */
const EDGES = {
  auth: ['users', 'mail'],
  users: [],
  collections: [],
  records: ['collections'],
  functions: ['records'],
  deployments: ['functions'],
  schedules: ['functions'],
  extensions: [],
  settings: ['mail'],
  mail: [],
  audit: [],
  backups: [],
  stats: [],
  types: ['collections', 'functions'],
  migrations: ['collections'],
  python: ['collections', 'functions', 'schedules', 'settings'],
};

/** Files that match `from` import nothing of src/ but what matches `allowed`. */
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: allowed },
});

/** Files that match `from` never import what matches `to`. */
const never = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },

    only('lib-is-a-leaf', '^src/lib/', '^src/lib/'),
    only('core-knows-only-lib', '^src/core/', '^src/(core|lib)/'),
    only('protocol-knows-only-lib', '^src/protocol/', '^src/(protocol|lib)/'),
    only('sdk-knows-only-protocol', '^src/sdk/', '^src/(sdk|protocol|lib)/'),
    only('worker-is-alone', '^src/worker/', '^src/(worker|sdk|protocol|lib)/'),
    never('no-database-in-the-worker', '^src/(worker|sdk|protocol)/', '^(bun|node):sqlite'),
    only('http-knows-no-feature', '^src/http/', '^src/(http|core|lib)/'),
    only(
      'storage-sees-contracts',
      '^src/storage/',
      '^src/(storage|core|lib)/|^src/features/[^/]+/(store|schema)\\.ts$',
    ),
    only('main-chooses-a-program', '^src/main\\.ts$', '^src/(cli|worker)/|^src/threads\\.ts$'),
    // What writes or checks in a thread compares records with schemas, and needs no more.
    only(
      'threads-are-small',
      '^src/threads\\.ts$',
      '^src/storage/sqlite/(reader|writer|copier|check/checker)-thread\\.ts$|^src/features/collections/(changes|compile)\\.ts$',
    ),
    never(
      'commands-go-through-app',
      '^src/cli/',
      '^src/(storage|http|worker)/|/[a-z-]*routes\\.ts$',
    ),
    {
      name: 'only-app-joins-storage',
      severity: 'error',
      // What runs in threads is composed a second time, in each of them.
      from: {
        path: '^src/',
        pathNot: '^src/((app-parts|app-database|app-facts|threads)\\.ts$|storage/)',
      },
      to: { path: '^src/storage/' },
    },
    {
      name: 'only-main-starts-threads',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main\\.ts$' },
      to: { path: '^src/threads\\.ts$' },
    },
    {
      name: 'only-commands-start-the-app',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|app[^/]*\\.ts$)' },
      to: { path: '^src/app(-parts|-routes)?\\.ts$' },
    },

    never('no-backend-in-features', '^src/(features|http)/', '^(src/storage/|(bun|node):sqlite)'),
    never(
      'features-know-no-program',
      '^src/features/',
      '^src/(cli|worker|sdk|app[^/]*\\.ts|main\\.ts)',
    ),
    {
      name: 'only-functions-speak-the-protocol',
      severity: 'error',
      from: { path: '^src/features/', pathNot: '^src/features/(functions|extensions)/' },
      to: { path: '^src/protocol/' },
    },
    {
      name: 'services-know-no-http',
      severity: 'error',
      from: { path: '^src/features/', pathNot: '/[a-z-]*routes\\.ts$' },
      to: { path: '^src/http/|node_modules/(elysia|@elysiajs)/' },
    },
    {
      name: 'stores-are-types',
      severity: 'error',
      from: { path: '^src/features/[^/]+/store\\.ts$' },
      to: { path: '^src/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'neighbours-by-front-door',
      severity: 'error',
      from: { path: FEATURE },
      to: { path: FEATURE, pathNot: ['^src/features/$1/', '/(service|schema|store)\\.ts$'] },
    },
    {
      name: 'every-feature-is-in-the-table',
      severity: 'error',
      from: { path: '^src/features/', pathNot: `^src/features/(${Object.keys(EDGES).join('|')})/` },
      to: {},
    },
    ...Object.entries(EDGES).map(([feature, neighbours]) =>
      only(
        `${feature}-neighbours`,
        `^src/features/${feature}/`,
        `^src/(?!features/)|^src/features/(${[feature, ...neighbours].join('|')})/`,
      ),
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    builtInModules: {
      add: [
        'bun',
        'bun:sqlite',
        'bun:ffi',
        'bun:jsc',
        'bun:test',
        'tinybase',
        'tinybase/extensions',
      ],
    },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
  },
};
