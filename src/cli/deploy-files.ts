import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { AppError } from '../core/errors.ts';

/** A file that is sent, and what it is called in the archive. */
export interface DeployFile {
  readonly path: string;
  readonly source: string;
  readonly bytes: number;
}

export interface FunctionFiles {
  /** The folder of the project, absolute. */
  readonly dir: string;
  /** The folder with a file per function, absolute. */
  readonly folder: string;
  /** The single file with several. */
  readonly file: string;
}

/** Never sent, whatever .gitignore says: packages are installed there, the others may hold secrets. */
const NEVER = /^(node_modules|\.git|\.env.*|\.DS_Store)$/i;
const GITIGNORE = '.gitignore';
const ARCHIVE_FOLDER = 'functions';

/** The .gitignore of a folder. */
interface Rules {
  readonly base: string;
  readonly list: Ignore;
}

/** What is deployed, in the order of the archive. `show` names a path as messages do. */
export function collectFunctionFiles(
  { dir, folder, file }: FunctionFiles,
  show: (path: string) => string,
): DeployFile[] {
  const rules = readRulesAbove(folder, dir);
  const files = isFolder(folder) && !isIgnored(folder, true, rules) ? walk(folder) : [];
  const single = statSync(file, { throwIfNoEntry: false });
  if (single?.isFile() && !isIgnored(file, false, readRulesAbove(file, dir)))
    files.push({ path: `functions${extname(file)}`, source: file, bytes: single.size });
  if (files.length === 0)
    throw new AppError(
      'invalid_input',
      `There is nothing to deploy: ${show(folder)} and ${show(file)} do not exist, are empty or are ignored by a ${GITIGNORE}.`,
    );
  return files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));

  function walk(root: string): DeployFile[] {
    const real = realpathSync(root);
    const found: DeployFile[] = [];
    const visit = (path: string, above: readonly Rules[]) => {
      const here = [...above, ...readRules(path)];
      for (const name of readdirSync(path)) {
        const source = join(path, name);
        const kind = kindOf(source, real);
        if (NEVER.test(name) || isIgnored(source, kind === 'folder', here)) continue;
        if (kind === 'folder') visit(source, here);
        else if (kind === 'file')
          found.push({
            path: [ARCHIVE_FOLDER, ...relative(root, source).split(sep)].join('/'),
            source,
            bytes: statSync(source).size,
          });
        else throw new AppError('invalid_input', `${show(source)} ${kind.problem}`);
      }
    };
    visit(root, rules);
    return found;
  }
}

/** What stands at a path. A link counts as the file it leads to, where that is sent anyway. */
function kindOf(path: string, root: string): 'file' | 'folder' | { readonly problem: string } {
  const stat = lstatSync(path);
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  if (!stat.isSymbolicLink())
    return { problem: 'is neither a file nor a folder: take it out, or name it in .gitignore.' };
  const target = statSync(path, { throwIfNoEntry: false });
  if (target === undefined) return { problem: 'is a link that leads nowhere.' };
  const isInside = !relative(root, realpathSync(path)).startsWith('..');
  if (!isInside)
    return {
      problem: 'is a link to a place outside of the functions folder: put the file itself there.',
    };
  return target.isFile() ? 'file' : { problem: 'is a link to a folder, which cannot be deployed.' };
}

/** The rules that hold for a path: from the root of its repository, or from the project, down. */
function readRulesAbove(path: string, project: string): Rules[] {
  const above: string[] = [];
  let folder = dirname(path);
  above.unshift(folder);
  while (!isThere(join(folder, '.git'))) {
    // No repository: nothing outside of the project is meant for it.
    if (dirname(folder) === folder)
      return above
        .filter((one) => one === project || one.startsWith(project + sep))
        .flatMap(readRules);
    folder = dirname(folder);
    above.unshift(folder);
  }
  return above.flatMap(readRules);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function readRules(folder: string): Rules[] {
  try {
    const text = readFileSync(join(folder, GITIGNORE), 'utf8').replace(/^\uFEFF/, '');
    return [{ base: folder, list: ignore().add(text) }];
  } catch {
    return [];
  }
}

/** As git decides: the deepest .gitignore that says anything. */
function isIgnored(path: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  let result = false;
  for (const { base, list } of rules) {
    const inside = relative(base, path).split(sep).join('/');
    const { ignored, unignored } = list.test(isFolder ? `${inside}/` : inside);
    if (ignored) result = true;
    else if (unignored) result = false;
  }
  return result;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
