import { join } from 'node:path';
import ts from 'typescript';

export interface TypeCheckOptions {
  readonly lib?: readonly string[];
  /** Module names that lead to a file. */
  readonly paths?: Readonly<Record<string, readonly string[]>>;
  readonly skipLibCheck?: boolean;
}

/** As no folder is: what is checked exists in memory alone, far from every package. */
const FOLDER = '/types-of-a-test';
// Parsing the standard library anew for each check would take most of the time.
const parsed = new Map<string, ts.SourceFile>();

/** What the compiler, at its strictest, says of these files and of nothing else. One line per fault. */
export function findTypeFaults(
  files: Readonly<Record<string, string>>,
  { lib = ['ESNext', 'DOM'], paths = {}, skipLibCheck = false }: TypeCheckOptions = {},
): string[] {
  const texts = new Map(Object.entries(files).map(([name, text]) => [join(FOLDER, name), text]));
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      target: 'ESNext',
      module: 'Preserve',
      moduleResolution: 'bundler',
      lib,
      types: [],
      paths,
      skipLibCheck,
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      noImplicitOverride: true,
      noImplicitReturns: true,
      noUnusedLocals: true,
      noPropertyAccessFromIndexSignature: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      erasableSyntaxOnly: true,
      allowImportingTsExtensions: true,
      noEmit: true,
    },
    FOLDER,
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getCurrentDirectory = () => FOLDER;
  const { directoryExists } = host;
  host.directoryExists = (path) => path === FOLDER || directoryExists?.(path) === true;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, language) => {
    const text = texts.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, language);
    const known = parsed.get(path) ?? getSourceFile(path, language);
    if (known) parsed.set(path, known);
    return known;
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : -1;
    const message = ts.flattenDiagnosticMessageText(messageText, ' ');
    return `${file?.fileName.replace(`${FOLDER}/`, '') ?? ''}:${line + 1} ${message}`;
  });
}
