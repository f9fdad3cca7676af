import { expect } from 'bun:test';
import type { Fault } from '../../../src/core/errors.ts';
import { compileSchema } from '../../../src/features/collections/compile.ts';
import { parseSchema } from '../../../src/features/collections/definition.ts';
import type { LooseField } from '../records/data-app.ts';
import { CONTEXT } from './schema-context.ts';

/** The fields' validator; each method answers the value and its faults as `path type`. */
export function compile(...fields: readonly LooseField[]) {
  const faults: Fault[] = [];
  const { schema } = parseSchema({ fields }, ['schema'], faults, CONTEXT);
  expect(faults).toEqual([]);
  const compiled = compileSchema(schema.fields, CONTEXT.clock);
  const run =
    (method: 'parseNew' | 'parseWhole' | 'parsePatch') => (data: Record<string, unknown>) => {
      const found: Fault[] = [];
      const value = compiled[method](data, ['body'], found);
      return {
        value,
        faults: found.map(({ loc, type }) => `${loc.slice(1).join('.')} ${type}`),
        all: found,
      };
    };
  return { compiled, create: run('parseNew'), whole: run('parseWhole'), patch: run('parsePatch') };
}
