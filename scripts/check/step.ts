import { findProgram } from '../support/command.ts';

export interface StepResult {
  readonly ok: boolean;
  /** Shown when the step failed, or when it is worth a look all the same. */
  readonly output: string;
  /** A few words beside the time. */
  readonly note?: string;
  /** Not a failure, but shown. */
  readonly warning?: boolean;
}

export interface Step {
  readonly name: string;
  run(): Promise<StepResult>;
}

/** The command that runs a JavaScript tool: with Node where there is one, since the tools were made for it. */
export function toolCommand(script: string, ...args: readonly string[]): string[] {
  return [findProgram('node') ?? process.execPath, script, ...args];
}
