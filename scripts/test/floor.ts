import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from '../support/paths.ts';

const PATH = inRoot('test', 'counts.json');

/** How many tests each suite has at least. Kept in the repository so that losing tests is seen. */
export type Floor = Readonly<Record<string, number>>;

export function readFloor(): Floor {
  return existsSync(PATH) ? (JSON.parse(readFileSync(PATH, 'utf8')) as Floor) : {};
}

export function writeFloor(floor: Floor): void {
  writeFileSync(PATH, `${JSON.stringify(floor, null, 2)}\n`);
}

/** A sentence when fewer tests came than are recorded; undefined when all is well. */
export function compareWithFloor(suite: string, found: number, floor: Floor): string | undefined {
  const recorded = floor[suite] ?? 0;
  if (found >= recorded) return undefined;
  return `The ${suite} suite has ${found} tests; test/counts.json says there were ${recorded}. A test that is gone proves nothing any more: bring it back, or lower the number in that file by hand and say why in the commit.`;
}
