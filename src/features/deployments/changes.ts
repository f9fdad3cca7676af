import type { DeployResult, NameChanges } from './schema.ts';
import type { StoredDeployment } from './store.ts';

/** Named things, each with a text that is another when its content is. */
type Contents = ReadonlyMap<string, string | undefined>;

/** What can be compared of a version. */
export interface VersionContent {
  readonly functions: Contents;
  readonly files: Contents;
}

export function contentOf({
  functions,
  files,
}: Pick<StoredDeployment, 'functions' | 'files'>): VersionContent {
  return {
    functions: new Map(functions.map(({ name, file }) => [name, files[file]])),
    files: new Map(Object.entries(files)),
  };
}

export function compareVersions(
  before: VersionContent,
  after: VersionContent,
): DeployResult['changes'] {
  return {
    functions: compareNames(before.functions, after.functions),
    files: compareNames(before.files, after.files),
  };
}

function compareNames(before: Contents, after: Contents): NameChanges {
  const names = [...after.keys()].sort();
  return {
    added: names.filter((name) => !before.has(name)),
    changed: names.filter((name) => before.has(name) && before.get(name) !== after.get(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)).sort(),
  };
}
