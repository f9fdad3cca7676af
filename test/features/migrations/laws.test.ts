import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { SYSTEM } from '../../../src/core/actor.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { NamedField } from '../../../src/features/collections/schema.ts';
import { makeTemporaryFolder } from '../../support/binary.ts';
import { arbitrarySchema } from '../../support/random-schema.ts';
import { type Machine, openMachine } from './machine.ts';

const NAMES = ['red', 'green', 'blue'] as const;

type Act =
  | { readonly kind: 'create'; readonly name: string; readonly fields: readonly NamedField[] }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string }
  | { readonly kind: 'fields'; readonly name: string; readonly fields: readonly NamedField[] }
  | {
      readonly kind: 'rename_field';
      readonly name: string;
      readonly at: number;
      readonly to: string;
    }
  | { readonly kind: 'access'; readonly name: string; readonly level: string }
  | { readonly kind: 'drop'; readonly name: string }
  | { readonly kind: 'migrate' }
  | { readonly kind: 'upgrade' };

const arbitraryName = fc.constantFrom(...NAMES);
const fields = arbitrarySchema({ maxFields: 4, levels: 1, targets: NAMES });
const arbitraryAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), name: arbitraryName, fields }),
  fc.record({ kind: fc.constant('rename' as const), name: arbitraryName, to: arbitraryName }),
  fc.record({ kind: fc.constant('fields' as const), name: arbitraryName, fields }),
  fc.record({
    kind: fc.constant('rename_field' as const),
    name: arbitraryName,
    at: fc.nat(3),
    to: fc.constantFrom('a', 'b', 'title', 'other'),
  }),
  fc.record({
    kind: fc.constant('access' as const),
    name: arbitraryName,
    level: fc.constantFrom('public', 'auth', 'owner', 'admin'),
  }),
  fc.record({ kind: fc.constant('drop' as const), name: arbitraryName }),
  fc.constant({ kind: 'migrate' as const }),
  fc.constant({ kind: 'upgrade' as const }),
);

/** Does it, or nothing when it is refused: any order of acts is a good one. */
async function tryAct({ collections, migrations }: Machine, act: Act): Promise<void> {
  try {
    switch (act.kind) {
      case 'create':
        await collections.create(SYSTEM, { name: act.name, schema: { fields: act.fields } });
        return;
      case 'rename':
        await collections.update(SYSTEM, act.name, { name: act.to }, false);
        return;
      case 'fields':
        await collections.update(SYSTEM, act.name, { schema: { fields: act.fields } }, true);
        return;
      case 'rename_field': {
        const known = collections.find(act.name)?.collection.schema.fields ?? [];
        const renamed = known.map((field, index) =>
          index === act.at ? { ...field, name: act.to, was: field.name } : field,
        );
        await collections.update(SYSTEM, act.name, { schema: { fields: renamed } }, true);
        return;
      }
      case 'access':
        await collections.update(
          SYSTEM,
          act.name,
          { options: { access: { list: act.level } } },
          false,
        );
        return;
      case 'drop':
        await collections.delete(SYSTEM, act.name, act.name);
        return;
      case 'migrate':
        await migrations.write(SYSTEM, { message: '', isDryRun: false });
        return;
      case 'upgrade':
        return;
      default:
        act satisfies never;
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

test('machines that run the same files end with the same collections, and files lead back as well', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryAct, { minLength: 1, maxLength: 14 }), async (acts) => {
      const folder = makeTemporaryFolder();
      using here = openMachine(folder);
      using early = openMachine(folder);
      using late = openMachine(folder);
      const states: (readonly string[])[] = [[]];
      for (const act of [...acts, { kind: 'migrate' } as const]) {
        const before = here.migrations.status().applied.length;
        await tryAct(here, act);
        if (here.migrations.status().applied.length > before) states.push(here.state());
        if (act.kind === 'upgrade') await early.migrations.upgrade(SYSTEM, { isDryRun: false });
      }
      for (const machine of [early, late]) {
        const planned = await machine.migrations.upgrade(SYSTEM, { isDryRun: true });
        const done = await machine.migrations.upgrade(SYSTEM, { isDryRun: false });
        expect(done.map(({ revision }) => revision)).toEqual(
          planned.map(({ revision }) => revision),
        );
        expect(machine.state()).toEqual(here.state());
        expect(machine.migrations.status().drift).toEqual([]);
      }
      for (const state of states.toReversed().slice(1)) {
        await late.migrations.downgrade(SYSTEM, { isDryRun: false });
        expect(late.state()).toEqual([...state]);
      }
      await late.migrations.upgrade(SYSTEM, { isDryRun: false });
      expect(late.state()).toEqual(here.state());
    }),
    { numRuns: 60 },
  );
});
