import { parseArgs } from 'node:util';
import { VARIANTS, type Variant } from './block.ts';
import { CASE_NAMES, CASES, type CaseName } from './cases.ts';
import type { SuiteOptions } from './report.ts';

export const HELP = `npm run bench -- [options]        TinyBase beside PocketBase, in turns

  --quick              one size, 32 connections, short runs: within two minutes
  --rows N[,N]         rows before anything is measured      (10000,100000)
  --connections N[,N]  clients at a time                     (1,32,128)
  --only CASE[,CASE]   only these of the cases below
  --variants V[,V]     ${VARIANTS.join(', ')}   (public,token,writer)
  --seconds N          of one measurement                    (2)
  --rounds N           of each measurement, in turns         (3)
  --generator NAME     wrk or bun; bun cannot read long lists (wrk where it is)
  --alone              TinyBase without PocketBase
  --json FILE          the report as JSON too

Cases:
${CASE_NAMES.map((name) => `  ${name.padEnd(20)} ${CASES[name].title}`).join('\n')}

npm run bench -- --stall [options]   one client's heavy work beside the others' reads

  --rows N             in the collection                     (1000000)
  --seconds N          of looking, at least, in each phase   (10)
  --only PHASE[,PHASE] quiet, filter, export, import, rename
  --assert             exit code 1 when a p99 of health or reads is 25 ms or more
  --json FILE          the report as JSON too

npm run bench -- --functions [options]   calls of a function beside a JavaScript route of PocketBase

  --connections N[,N]  clients at a time                     (1,16,64)
  --seconds N          of one measurement                    (3)
  --rounds N           of each measurement, in turns         (3)
  --alone              TinyBase without PocketBase
  --json FILE          the report as JSON too
`;

const FULL: SuiteOptions = {
  cases: CASE_NAMES,
  variants: ['public', 'token', 'writer'],
  connections: [1, 32, 128],
  rows: [10_000, 100_000],
  seconds: 2,
  rounds: 3,
  parents: 1000,
  isAlone: false,
  generator: undefined,
};

const QUICK: SuiteOptions = {
  ...FULL,
  variants: ['public'],
  connections: [32],
  rows: [10_000],
  seconds: 1,
  parents: 300,
};

/** What the command line of a comparison asks for. Throws with a sentence for the user. */
export function readSuiteOptions(args: readonly string[]): {
  readonly suite: SuiteOptions;
  readonly json: string | undefined;
} {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      rows: { type: 'string' },
      connections: { type: 'string' },
      only: { type: 'string' },
      variants: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      generator: { type: 'string' },
      alone: { type: 'boolean' },
      json: { type: 'string' },
    },
  });
  const base = values.quick ? QUICK : FULL;
  const { generator } = values;
  if (generator !== undefined && generator !== 'wrk' && generator !== 'bun')
    throw new Error(`--generator is wrk or bun, not ${generator}`);
  return {
    json: values.json,
    suite: {
      cases: readNames<CaseName>('only', values.only, CASE_NAMES) ?? base.cases,
      variants: readNames<Variant>('variants', values.variants, VARIANTS) ?? base.variants,
      connections: readNumbers('connections', values.connections) ?? base.connections,
      rows: readNumbers('rows', values.rows) ?? base.rows,
      seconds: readNumber('seconds', values.seconds) ?? base.seconds,
      rounds: readNumber('rounds', values.rounds) ?? base.rounds,
      parents: base.parents,
      isAlone: values.alone === true,
      generator,
    },
  };
}

export function readNames<Name extends string>(
  option: string,
  given: string | undefined,
  known: readonly Name[],
): readonly Name[] | undefined {
  return given?.split(',').map((word) => {
    const name = known.find((one) => one === word);
    if (name === undefined)
      throw new Error(`--${option} knows ${known.join(', ')}; got ${word || 'nothing'}`);
    return name;
  });
}

export function readNumber(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${option} wants a whole number from 1, got ${given || 'nothing'}`);
  return value;
}

export function readNumbers(
  option: string,
  given: string | undefined,
): readonly number[] | undefined {
  return given?.split(',').map((word) => readNumber(option, word) ?? 0);
}
