import type { Version } from './changelog.ts';
import type { Target } from './targets.ts';

export interface Release extends Version {
  readonly folder: string;
  readonly archives: readonly BuiltArchive[];
}

export interface BuiltArchive {
  readonly target: Target;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** The program before it was packed. */
  readonly program: string;
}
