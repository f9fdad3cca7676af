// The whole main job on real data, with the compiled binary in an empty folder.
// Usage: bun scripts/demo.ts [--keep]
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CITIES_COLLECTION,
  type City,
  COUNTRIES_COLLECTION,
  type Country,
  distanceKm,
  NEAREST_CITIES_FUNCTION,
  readCities,
  readCountries,
} from './demo/places.ts';
import { type Client, createClient, expectStatus } from './support/http-client.ts';
import { formatRequest, sendMany } from './support/raw-connection.ts';
import { makeTemporaryFolder, type ServerProcess, startServer } from './support/server-process.ts';
import { formatCount } from './support/words.ts';

const CONNECTIONS = 32;
const PAGE = 1000;
const NEAREST = 5;
/** Somewhere in the Alps: cities of several countries are near. */
const POINT = { latitude: 46.5, longitude: 9.8 };
const ADMIN = { email: 'ada@example.com', password: 'analytical engine' };

export interface DemoOptions {
  readonly log?: (line: string) => void;
  /** Leaves the folder with the database where it is. */
  readonly keep?: boolean;
}

export interface DemoResult {
  readonly dir: string;
  readonly countries: number;
  readonly cities: number;
  /** Distinct ids met while paging through all cities. */
  readonly pagedIds: number;
  readonly createsPerSecond: number;
  readonly largest: readonly City[];
  readonly nearest: readonly {
    readonly name: string;
    readonly country: string;
    readonly km: number;
  }[];
  readonly calls: readonly { readonly function_name: string; readonly status: string }[];
}

/** Runs the demo and throws at the first thing that is not as it should be. */
export async function runDemo(options: DemoOptions = {}): Promise<DemoResult> {
  const log = options.log ?? (() => {});
  const dir = options.keep
    ? mkdtempSync(join(tmpdir(), 'tinybase-demo-'))
    : makeTemporaryFolder('demo');
  const countries = readCountries();
  const cities = readCities();
  await using server = await startServer({ dir });
  log(`TinyBase serves ${server.url} from the empty folder ${dir}`);

  const admin = await setUp(server, log);
  await makeCountries(admin, countries, log);
  const load = await loadCities(server, admin, cities, log);
  const pagedIds = await pageThrough(admin, cities, load.ids, log);
  const largest = await listLargest(createClient(server.url), cities, log);
  const nearest = await askFunction(server, dir, cities, log);
  const calls = await readHistory(admin, log);

  const code = await server.stop();
  assert.equal(code, 0, 'the server stops cleanly');
  log(`Stopped cleanly.${options.keep ? ` The folder is kept: ${dir}` : ''}`);
  return {
    dir,
    countries: countries.length,
    cities: cities.length,
    pagedIds,
    createsPerSecond: load.perSecond,
    largest,
    nearest,
    calls,
  };
}

async function setUp(server: ServerProcess, log: (line: string) => void): Promise<Client> {
  assert.ok(server.setupToken, `a set-up link is printed:\n${server.stdout()}${server.stderr()}`);
  const anonymous = createClient(server.url);
  const session = expectStatus(
    await anonymous.post('/api/auth/setup', { token: server.setupToken, ...ADMIN }),
    201,
    'setting up the first admin',
  );
  const admin = anonymous.as(session.token);
  const me = expectStatus(await admin.get('/api/auth/me'), 200, 'asking who I am');
  assert.deepEqual([me.email, me.is_admin], [ADMIN.email, true]);
  log(`The set-up link made the admin ${me.email}`);
  return admin;
}

async function makeCountries(
  admin: Client,
  countries: readonly Country[],
  log: (line: string) => void,
): Promise<void> {
  assert.equal(countries.length, 250, 'world-countries has 250 countries');
  expectStatus(await admin.post('/api/collections', COUNTRIES_COLLECTION), 201, 'making countries');
  const started = performance.now();
  for (const country of countries) {
    expectStatus(
      await admin.post('/api/collections/countries/records', country),
      201,
      `creating ${country.name.common}`,
    );
  }
  const seconds = (performance.now() - started) / 1000;
  const anonymous = createClient(admin.url);
  const page = expectStatus(
    await anonymous.get('/api/collections/countries/records?limit=1000&sort=cca2'),
    200,
    'listing the countries',
  );
  assert.equal(page.total, countries.length);
  const stored = new Map<string, Country>(
    page.items.map((item: { data: Country }) => [item.data.cca2, item.data]),
  );
  for (const country of countries) {
    assert.deepEqual(stored.get(country.cca2), withoutNulls(country), country.name.common);
  }
  const order = page.items.map((item: { data: Country }) => item.data.cca2);
  assert.deepEqual(order, [...order].sort(), 'sorted by code');
  const alps = stored.get('CH');
  assert.deepEqual(alps?.borders, ['AUT', 'FRA', 'ITA', 'LIE', 'DEU']);
  log(
    `countries: ${page.total} stored one after the other in ${seconds.toFixed(1)} s, all equal to the package; ${alps?.flag} ${alps?.name.common} borders ${alps?.borders.join(', ')}`,
  );
}

/** In storage null and absent are the same: a field without value is left out. */
function withoutNulls(country: Country): Record<string, unknown> {
  return Object.fromEntries(Object.entries(country).filter(([, value]) => value !== null));
}

async function loadCities(
  server: ServerProcess,
  admin: Client,
  cities: readonly City[],
  log: (line: string) => void,
) {
  expectStatus(await admin.post('/api/collections', CITIES_COLLECTION), 201, 'making cities');
  const session = expectStatus(await admin.post('/api/auth/login', ADMIN), 200, 'signing in');
  const ids = new Set<string>();
  const started = performance.now();
  await sendMany('127.0.0.1', server.port, {
    connections: CONNECTIONS,
    count: cities.length,
    request: (index) =>
      formatRequest('POST', '/api/collections/cities/records', {
        host: `127.0.0.1:${server.port}`,
        token: session.token,
        body: cities[index],
      }),
    onAnswer: ({ status, body }, index) => {
      if (status !== 201) throw new Error(`${cities[index]?.name}: ${status} ${body}`);
      ids.add((JSON.parse(body.toString()) as { id: string }).id);
    },
  });
  const seconds = (performance.now() - started) / 1000;
  assert.equal(ids.size, cities.length, 'every create answered an id of its own');
  const perSecond = cities.length / seconds;
  log(
    `cities: ${formatCount(cities.length)} created over HTTP in ${seconds.toFixed(1)} s, ${formatCount(perSecond)} a second on ${CONNECTIONS} connections, each on disk before its answer`,
  );
  return { ids, perSecond };
}

async function pageThrough(
  admin: Client,
  cities: readonly City[],
  created: ReadonlySet<string>,
  log: (line: string) => void,
): Promise<number> {
  const seen = new Set<string>();
  let population = 0;
  let pages = 0;
  const started = performance.now();
  for (let offset = 0; offset < cities.length; offset += PAGE) {
    const page = expectStatus(
      await admin.get(
        `/api/collections/cities/records?limit=${PAGE}&offset=${offset}&sort=created_at`,
      ),
      200,
      `page at ${offset}`,
    );
    assert.deepEqual(
      [page.total, page.page_size, page.page],
      [cities.length, PAGE, offset / PAGE + 1],
    );
    for (const item of page.items) {
      seen.add(item.id);
      population += item.data.population;
    }
    pages++;
  }
  assert.equal(seen.size, cities.length, 'paging meets every city once');
  assert.ok([...seen].every((id) => created.has(id)));
  assert.equal(
    population,
    cities.reduce((sum, city) => sum + city.population, 0),
  );
  log(
    `paged through ${pages} pages in ${((performance.now() - started) / 1000).toFixed(1)} s: ${formatCount(seen.size)} cities, each once, ${formatCount(population)} people`,
  );
  return seen.size;
}

async function listLargest(
  anonymous: Client,
  cities: readonly City[],
  log: (line: string) => void,
): Promise<readonly City[]> {
  const page = expectStatus(
    await anonymous.get('/api/collections/cities/records?limit=5&sort=-population'),
    200,
    'listing the largest',
  );
  const largest: City[] = page.items.map((item: { data: City }) => item.data);
  const expected = [...cities].sort((a, b) => b.population - a.population).slice(0, 5);
  assert.deepEqual(
    largest.map((city) => city.population),
    expected.map((city) => city.population),
  );
  log(
    `largest: ${largest.map((city) => `${city.name} (${formatCount(city.population)})`).join(', ')}`,
  );
  return largest;
}

async function askFunction(
  server: ServerProcess,
  dir: string,
  cities: readonly City[],
  log: (line: string) => void,
): Promise<DemoResult['nearest']> {
  mkdirSync(join(dir, 'functions'), { recursive: true });
  writeFileSync(join(dir, 'functions', 'nearest_cities.ts'), NEAREST_CITIES_FUNCTION);
  const anonymous = createClient(server.url);
  const written = performance.now();
  for (let listed = false; !listed; ) {
    const list = expectStatus(await anonymous.get('/api/functions'), 200, 'listing the functions');
    const functions: { name: string }[] = Array.isArray(list) ? list : list.items;
    listed = functions.some((entry) => entry.name === 'nearest_cities');
    if (!listed) await Bun.sleep(20);
  }
  log(
    `functions/nearest_cities.ts was live ${Math.round(performance.now() - written)} ms after it was written`,
  );

  const started = performance.now();
  const answer = expectStatus(
    await anonymous.post('/api/functions/nearest_cities', { ...POINT, count: NEAREST }),
    200,
    'calling nearest_cities',
  );
  const seconds = (performance.now() - started) / 1000;
  assert.equal(answer.status, 'succeeded');
  assert.equal(answer.result.looked_at, cities.length);
  const expected = cities
    .map((city) => ({ ...city, km: distanceKm(POINT.latitude, POINT.longitude, city) }))
    .sort((a, b) => a.km - b.km)
    .slice(0, NEAREST);
  const nearest: DemoResult['nearest'] = answer.result.cities;
  assert.deepEqual(
    nearest.map((city) => city.name),
    expected.map((city) => city.name),
  );
  log(
    `nearest_cities(${POINT.latitude}, ${POINT.longitude}) looked at ${formatCount(answer.result.looked_at)} cities through ctx.db in ${seconds.toFixed(2)} s:`,
  );
  for (const city of nearest)
    log(`  ${city.km.toFixed(1).padStart(6)} km  ${city.name} (${city.country})`);

  const refused = await anonymous.post('/api/functions/nearest_cities', { latitude: 100 });
  assert.equal(refused.status, 422, 'a latitude of 100 is refused');
  log(`a latitude of 100 is refused: ${JSON.stringify(refused.body.detail)}`);
  return nearest;
}

async function readHistory(
  admin: Client,
  log: (line: string) => void,
): Promise<DemoResult['calls']> {
  const history = expectStatus(
    await admin.get('/api/admin/functions/calls?function_name=nearest_cities'),
    200,
    'reading the history',
  );
  assert.equal(history.total, 1, 'a refused payload is no call');
  for (const call of history.items) {
    assert.equal(call.status, 'succeeded');
    assert.equal(call.trigger_type, 'manual');
    assert.ok(call.duration_ms > 0);
    log(
      `history: ${call.started_at} ${call.function_name} ${call.status} in ${call.duration_ms} ms (${call.id})`,
    );
  }
  return history.items;
}

if (import.meta.main) {
  try {
    await runDemo({ log: console.log, keep: process.argv.includes('--keep') });
  } catch (error) {
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    process.exit(1);
  }
}
