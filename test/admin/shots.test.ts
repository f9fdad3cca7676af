import { expect, test } from 'bun:test';
import { fileOf, planShots } from '../../scripts/shots/plan.ts';
import { GATES, type Places, readRouterPaths, VISITED } from '../browser/pages.ts';

const NAMES = ['record', 'loan', 'call', 'schedule', 'user', 'token', 'entry', 'backup'] as const;
const PLACES = Object.fromEntries(NAMES.map((name) => [name, name])) as unknown as Places;

test('every route of the router is visited by the page tests', () => {
  const routes = readRouterPaths();
  expect(routes.length).toBeGreaterThan(15);
  expect([...VISITED].sort()).toEqual(routes.sort());
});

for (const device of ['desk', 'phone'] as const) {
  test(`every route of the router has its pictures on a ${device}, with data and without`, () => {
    const shots = planShots(PLACES, device);
    const has = (route: string, what: 'nothing' | 'data') =>
      shots.some((shot) => shot.route === route && shot.has === what);
    const without = readRouterPaths().filter(
      (route) => !has(route, 'nothing') || !(has(route, 'data') || route in GATES),
    );
    expect(without).toEqual([]);
    // Two of one name would be one picture.
    expect(new Set(shots.map(fileOf)).size).toBe(shots.length);
  });
}
