import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError } from '../../core/errors.ts';
import { askHelper } from '../../core/helper-program.ts';

const PATIENCE_MS = 60_000;

const ProgramVersion = Type.Object({
  tinybase: Type.String(),
  /** Of the tables that it makes and opens. */
  schema_version: Type.Integer(),
});
type ProgramVersion = Static<typeof ProgramVersion>;

/** Starts a program to hear which one it is: what does not start here must not be put in place. */
export async function askProgram(path: string, signal: AbortSignal): Promise<ProgramVersion> {
  let said = '';
  try {
    const { code, out, err } = await askHelper([path, 'version', '--json'], {
      timeoutMs: PATIENCE_MS,
      signal,
    });
    said = err.trim().split('\n')[0] ?? '';
    const version: unknown = code === 0 ? JSON.parse(out) : undefined;
    if (Value.Check(ProgramVersion, version)) return version;
  } catch (error) {
    said = error instanceof Error ? error.message : String(error);
  }
  throw new AppError(
    'conflict',
    `The program does not start on this machine, so nothing was changed${said === '' ? '' : `: ${said}`}.`,
  );
}
