import ts from 'typescript';
import { inRoot, ROOT, toolPath } from '../support/paths.ts';

const ENTRY = inRoot('src', 'sdk', 'tinybase.ts');
const EXTENSIONS = inRoot('src', 'sdk', 'extensions.ts');
/** What is in the module for the host alone. */
const INTERNAL: readonly string[] = ['onHook', 'receive', 'HookRegistration'];
const SURFACE = inRoot('scripts', 'docs', 'typebox-surface.ts');
const TYPEBOX = '@sinclair/typebox';

const HEAD = `// Written by TinyBase: the types of \`import { … } from 'tinybase'\`. Do not edit; it is written anew.
// biome-ignore-all lint: generated
/* eslint-disable */
`;

/** As @types/node and @types/bun declare it, so that one who installs those has both. */
const ENVIRONMENT = `
declare namespace NodeJS {
  interface ProcessEnv {
    [name: string]: string | undefined;
  }
  interface Process {
    /** What \`functions.env\` names, and nothing else of the server's environment. */
    env: ProcessEnv;
  }
}
/** For all that it has besides: tinybase functions add --dev @types/bun */
declare var process: NodeJS.Process;
`;

interface Declaration {
  readonly name: string;
  readonly file: string;
  readonly comment: string;
  /** Without `export` and `declare`. */
  readonly code: string;
  readonly isExported: boolean;
  /** The names of types that it speaks of. */
  readonly uses: ReadonlySet<string>;
}

/**
 * functions-template/tinybase.d.ts: what src/sdk exports as \`tinybase\` and what that needs, in one
 * module that asks for no package, and the same for \`tinybase/extensions\`. TypeBox is there as its
 * everyday part, typebox-surface.ts.
 */
export async function renderSdkTypes(): Promise<string> {
  const files = emitDeclarations();
  const exported = readExports(files);
  const needed = chooseNeeded([...files.values()].flatMap(readDeclarations), exported);
  const body = needed.map(({ name, comment, code }) =>
    exported.has(name) ? `${comment}export ${code}` : `${comment}${code}`,
  );
  // Without its last line everything in the module would count as exported.
  const main = `declare module 'tinybase' {\n${body.join('\n\n')}\n\nexport {};\n}\n`;
  return await format(`${HEAD}${main}\n${renderExtensions(files, exported)}${ENVIRONMENT}`);
}

/** The module `tinybase/extensions`, which takes some types from `tinybase`. */
function renderExtensions(
  files: ReadonlyMap<string, ts.SourceFile>,
  exported: ReadonlySet<string>,
): string {
  const file = files.get(EXTENSIONS.replace(/\.ts$/, '.d.ts'));
  if (!file) throw new Error(`${EXTENSIONS} is not there.`);
  const own = readDeclarations(file).filter(({ name }) => !INTERNAL.includes(name));
  const names = new Set(own.map(({ name }) => name));
  const uses = new Set(own.flatMap((declaration) => [...declaration.uses]));
  const taken = [...uses].filter((name) => exported.has(name) && !names.has(name)).sort();
  // Small helpers of types are no part of what `tinybase` exports: they are here once more.
  const helpers = [...files.values()]
    .flatMap(readDeclarations)
    .filter(({ name }) => uses.has(name) && !names.has(name) && !exported.has(name));
  const body = [
    `import type { ${taken.join(', ')} } from 'tinybase';`,
    ...helpers.map(({ comment, code }) => `${comment}${code}`),
    ...own.map(
      ({ comment, code, isExported }) => `${comment}${isExported ? 'export ' : ''}${code}`,
    ),
  ];
  return `declare module 'tinybase/extensions' {\n${body.join('\n\n')}\n\nexport {};\n}\n`;
}

/** What the compiler says of the SDK and of all that it imports from src. */
function emitDeclarations(): ReadonlyMap<string, ts.SourceFile> {
  const { config } = ts.readConfigFile(inRoot('tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  // The surface first: its names are what the SDK takes from TypeBox.
  const program = ts.createProgram([SURFACE, ENTRY, EXTENSIONS], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: ROOT,
    rootDir: ROOT,
  });
  const faults = ts.getPreEmitDiagnostics(program);
  if (faults.length > 0) throw new Error(`src/sdk does not compile:\n${showFaults(faults)}`);
  const files = new Map<string, ts.SourceFile>();
  program.emit(undefined, (path, text) => {
    files.set(path, ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  });
  return files;
}

function showFaults(faults: readonly ts.Diagnostic[]): string {
  return ts.formatDiagnostics(faults, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => ROOT,
    getNewLine: () => '\n',
  });
}

/** The names that user code may import. */
function readExports(files: ReadonlyMap<string, ts.SourceFile>): ReadonlySet<string> {
  const entry = files.get(ENTRY.replace(/\.ts$/, '.d.ts'));
  const names = new Set<string>();
  for (const statement of entry?.statements ?? []) {
    const { exportClause, moduleSpecifier } = ts.isExportDeclaration(statement) ? statement : {};
    if (!exportClause || !ts.isNamedExports(exportClause))
      throw new Error(`${ENTRY} only re-exports.`);
    for (const { name, propertyName } of exportClause.elements) {
      if (propertyName && textOf(moduleSpecifier) !== TYPEBOX)
        throw new Error(`${ENTRY} exports ${propertyName.text} under another name.`);
      names.add(name.text);
    }
  }
  return names;
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node && ts.isStringLiteral(node) ? node.text : undefined;
}

function readDeclarations(file: ts.SourceFile): readonly Declaration[] {
  return file.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement)) refuseStranger(statement, file);
    const name = nameOf(statement);
    if (name === undefined) return [];
    const comment = ts
      .getLeadingCommentRanges(file.text, statement.getFullStart())
      ?.map(({ pos, end }) => file.text.slice(pos, end))
      .findLast((text) => text.startsWith('/**'));
    return [
      {
        name,
        file: file.fileName,
        comment: comment === undefined ? '' : `${comment}\n`,
        code: statement.getText(file).replace(/^(export )?(declare )?/, ''),
        isExported: /^export /.test(statement.getText(file)),
        uses: readUses(statement),
      },
    ];
  });
}

/** Types of packages would be missing in an editor that has none. */
function refuseStranger(statement: ts.ImportDeclaration, file: ts.SourceFile): void {
  const module = textOf(statement.moduleSpecifier) ?? '';
  if (!module.startsWith('.') && module !== TYPEBOX)
    throw new Error(
      `${file.fileName} takes types from ${module}, which tinybase.d.ts cannot hold.`,
    );
}

function nameOf(statement: ts.Statement): string | undefined {
  if (
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isFunctionDeclaration(statement)
  )
    return statement.name?.text;
  if (!ts.isVariableStatement(statement)) return undefined;
  const [declared] = statement.declarationList.declarations;
  return declared && ts.isIdentifier(declared.name) ? declared.name.text : undefined;
}

function readUses(statement: ts.Statement): ReadonlySet<string> {
  const uses = new Set<string>();
  const visit = (node: ts.Node) => {
    if (ts.isImportTypeNode(node))
      throw new Error(`Name the type ${node.getText()} with an import: tinybase.d.ts is one file.`);
    if (ts.isTypeReferenceNode(node)) uses.add(node.typeName.getText());
    else if (ts.isTypeQueryNode(node)) uses.add(node.exprName.getText());
    else if (ts.isExpressionWithTypeArguments(node) || ts.isComputedPropertyName(node))
      uses.add(node.expression.getText());
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return uses;
}

/** The exported ones and all that they speak of, each in its place. */
function chooseNeeded(
  declarations: readonly Declaration[],
  exported: ReadonlySet<string>,
): readonly Declaration[] {
  const needed = new Set(exported);
  for (const name of needed)
    for (const { uses } of declarations.filter((one) => one.name === name))
      for (const use of uses) needed.add(use);
  const chosen = declarations.filter(({ name }) => needed.has(name));
  const files = new Map<string, string>();
  for (const { name, file } of chosen) {
    if ((files.get(name) ?? file) !== file)
      throw new Error(`${name} is declared in ${file} and in ${files.get(name)}: rename one.`);
    files.set(name, file);
  }
  const missing = [...exported].filter((name) => !files.has(name));
  if (missing.length > 0)
    throw new Error(
      `${missing.join(', ')}: exported as tinybase, and declared nowhere in src/sdk.`,
    );
  return chosen;
}

async function format(text: string): Promise<string> {
  const command = [process.execPath, toolPath('@biomejs/biome/bin/biome')];
  const biome = Bun.spawn(
    [...command, 'format', '--stdin-file-path=functions-template/tinybase.d.ts'],
    {
      cwd: ROOT,
      stdin: new TextEncoder().encode(text),
      stderr: 'pipe',
    },
  );
  const [formatted, faults] = await Promise.all([
    new Response(biome.stdout).text(),
    new Response(biome.stderr).text(),
  ]);
  if ((await biome.exited) !== 0) throw new Error(`tinybase.d.ts cannot be formatted:\n${faults}`);
  return formatted;
}
