import { expect, test } from 'bun:test';
import { readCities } from '../../scripts/demo/places.ts';
import { runDemo } from '../../scripts/demo.ts';

test('the demo on real data: countries, cities, the nearest of them through ctx.db, and the history', async () => {
  const lines: string[] = [];
  const result = await runDemo({
    log: (line) => {
      lines.push(line);
      console.log(`  ${line}`);
    },
  });
  const expected = readCities().length;
  expect(result.countries).toBe(250);
  expect(result.cities).toBe(expected);
  expect(result.pagedIds).toBe(expected);
  expect(result.largest.map((city) => city.name)).toEqual([
    'Shanghai',
    'Istanbul',
    'Buenos Aires',
    'Mumbai',
    'Mexico City',
  ]);
  expect(result.nearest.map((city) => city.name)).toEqual([
    'St. Moritz',
    'Celerina',
    'Silvaplana',
    'Samedan',
    'Pontresina',
  ]);
  expect(result.calls).toHaveLength(1);
  expect(result.calls[0]).toMatchObject({ function_name: 'nearest_cities', status: 'succeeded' });
  expect(lines.length).toBeGreaterThan(8);
});
