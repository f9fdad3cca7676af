import type { CaseResult, Variant } from './block.ts';
import type { CaseName } from './cases.ts';
import type { GeneratorName } from './generator.ts';
import type { Rival } from './rival.ts';

export interface SuiteOptions {
  readonly cases: readonly CaseName[];
  readonly variants: readonly Variant[];
  readonly connections: readonly number[];
  readonly rows: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
  readonly parents: number;
  /** TinyBase alone: for sizes that the other would take too long to fill. */
  readonly isAlone: boolean;
  readonly generator: GeneratorName | undefined;
}

export interface Block {
  readonly rows: number;
  readonly variant: Variant;
  readonly connections: number;
  readonly results: readonly CaseResult[];
}

/** What a server held at most, once its rows were in and at the end of all measurements. */
export interface Memory {
  readonly rows: number;
  readonly rival: Rival['name'];
  readonly filledBytes: number | undefined;
  readonly peakBytes: number | undefined;
}

export interface SuiteReport {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly platform: string };
  readonly versions: Readonly<Record<string, string>>;
  readonly options: SuiteOptions;
  readonly blocks: readonly Block[];
  readonly memory: readonly Memory[];
  readonly notes: readonly string[];
}
