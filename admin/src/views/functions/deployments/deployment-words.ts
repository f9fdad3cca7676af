import type { Deployment, DeploymentChanges } from '../../../api/types.ts';
import { countOf } from '../../../components/ui/times.ts';

export type NameChanges = DeploymentChanges['functions'];

/** How many names of a long list are written out. */
const SHOWN = 8;

export const CHANGE_KINDS = [
  'added',
  'changed',
  'removed',
] as const satisfies readonly (keyof NameChanges)[];

export function hasChanges(changes: NameChanges): boolean {
  return CHANGE_KINDS.some((kind) => changes[kind].length > 0);
}

/** "2 added, 1 removed"; "none" when they are the same. */
export function countWords(changes: NameChanges): string {
  const parts = CHANGE_KINDS.flatMap((kind) =>
    changes[kind].length === 0 ? [] : [`${changes[kind].length} ${kind}`],
  );
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** What a deploy brought, in a cell: its functions, else its files. */
export function changeWords({ functions, files }: DeploymentChanges): string {
  if (hasChanges(functions)) return countWords(functions);
  return hasChanges(files) ? `${countWords(files)}, of other files` : 'the same again';
}

/** The first names of a list, and how many more there are. */
export function namesOf(names: readonly string[]): { shown: readonly string[]; more: number } {
  // One that is left over is shown instead of counted.
  const isLong = names.length > SHOWN + 1;
  return isLong
    ? { shown: names.slice(0, SHOWN), more: names.length - SHOWN }
    : { shown: names, more: 0 };
}

/** "5 functions, 12 files" */
export function sizeWords({ functions, file_count }: Deployment): string {
  return `${countOf(functions.length, 'function')}, ${countOf(file_count, 'file')}`;
}
