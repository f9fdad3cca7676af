import { createRequire } from 'node:module';
import { dirname, extname, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import { type OnLoadResult, plugin } from 'bun';
import type { SourceFile } from '../protocol/messages.ts';

/** What may be left out in an import, in the order in which Bun tries. */
const ENDINGS = ['', '.tsx', '.jsx', '.mts', '.ts', '.mjs', '.js', '.cjs', '.cts', '.json'];
const LOADERS = { '.tsx': 'tsx', '.jsx': 'jsx', '.ts': 'ts', '.mts': 'ts', '.cts': 'ts' } as const;
const COMMON_JS_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

/**
 * Lets files be imported as the server read them earlier, under their own paths and with their own
 * lines. Bun asks no plugin about an import without an ending, so one of those needs its file on the
 * disk, in whatever state.
 */
export function provideSources(sources: readonly SourceFile[]): void {
  if (sources.length === 0) return;
  const byPath = new Map(
    sources.flatMap((source) => [
      [source.path, source],
      [source.real_path, source],
    ]),
  );
  plugin({
    name: 'sources',
    setup(build) {
      build.onResolve({ filter: /^\.{0,2}\// }, ({ path, importer }) => {
        const wanted = resolve(dirname(importer), path);
        for (const ending of ENDINGS) {
          const found = byPath.get(wanted + ending);
          if (found) return { path: found.real_path };
        }
        return undefined;
      });
      const paths = sources.map(({ real_path }) => RegExp.escape(real_path));
      build.onLoad({ filter: new RegExp(`^(?:${paths.join('|')})$`) }, ({ path }) => {
        const text = byPath.get(path)?.text;
        if (text === undefined) throw new Error(`${path} is not there.`);
        return toModule(path, text);
      });
    },
  });
}

/** Bun takes only ES modules from a plugin; the other kinds it takes when they have run. */
function toModule(path: string, text: string): OnLoadResult {
  const ending = extname(path);
  if (ending === '.json') return toExports(JSON.parse(text));
  const isScript = ending === '.js' || ending === '.cjs';
  if (isScript && /\bexports\b/.test(text) && !/^\s*(import|export)\b/m.test(text))
    return toExports(runCommonJs(path, text));
  return {
    contents: text,
    loader: LOADERS[ending as keyof typeof LOADERS] ?? 'js',
  };
}

function runCommonJs(path: string, text: string): unknown {
  const module = { exports: {} };
  // Its wrapper takes the first line.
  const options = { filename: path, lineOffset: -1 };
  const run = compileFunction(text, COMMON_JS_PARAMETERS, options);
  run.call(module.exports, module.exports, createRequire(path), module, path, dirname(path));
  return module.exports;
}

function toExports(value: unknown): OnLoadResult {
  const named = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  return { exports: { ...named, default: value, 'module.exports': value }, loader: 'object' };
}
