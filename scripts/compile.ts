// Puts the program and the admin app as it was built last into one file. scripts/build.ts starts it, in a
// process of its own: what it makes must not depend on what else that one has done.
// Usage: bun scripts/compile.ts OPTIONS (as JSON: CompileOptions)
import { relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BunPlugin } from 'bun';
import { ROOT } from './support/paths.ts';

export interface CompileOptions {
  readonly outfile: string;
  /** Another platform than this one: how Bun names it, and its own executable for it. */
  readonly platform?:
    | { readonly bunTarget: Bun.Build.CompileTarget; readonly runtime: string }
    | undefined;
  /** Compiled ahead, for a faster start. */
  readonly hasBytecode: boolean;
  /** Where `tinybase update` finds releases; without it, it has to be told. */
  readonly releasesUrl?: string | undefined;
}

/** Nothing but its size: what is put in here works the same. */
const smaller: BunPlugin = {
  name: 'smaller',
  setup(build) {
    // src/http/docs.ts serves it as it is to whoever reads gzip: every browser.
    build.onLoad({ filter: /swagger-ui-dist\/swagger-ui[^/]*\.(js|css)$/ }, async ({ path }) => ({
      contents: gzipSync(await Bun.file(path).bytes(), { level: 9 }),
      loader: 'file',
    }));
    // A table of 2,000 types for the names of attached files: mails of TinyBase have none.
    build.onLoad({ filter: /nodemailer\/dist\/esm\/mime-funcs\/mime-types\.js$/ }, () => ({
      contents: `export const detectMimeType = () => 'application/octet-stream';
        export const detectExtension = () => 'bin';`,
      loader: 'js',
    }));
  },
};

async function compile(options: CompileOptions): Promise<void> {
  const { outfile, platform, hasBytecode, releasesUrl } = options;
  // Paths from here get into the program.
  process.chdir(ROOT);
  await Bun.build({
    entrypoints: ['src/main.ts'],
    target: 'bun',
    format: 'esm',
    splitting: true,
    minify: true,
    bytecode: hasBytecode,
    sourcemap: 'linked',
    naming: { chunk: '[name]-[hash].[ext]' },
    define: releasesUrl === undefined ? {} : { TINYBASE_RELEASES_URL: JSON.stringify(releasesUrl) },
    plugins: [smaller],
    compile: {
      outfile: relative(ROOT, outfile),
      assets: ['build/admin'],
      autoloadPackageJson: true,
      autoloadDotenv: false,
      autoloadBunfig: false,
      ...(platform === undefined
        ? {}
        : { target: platform.bunTarget, executablePath: platform.runtime }),
    },
  });
}

if (import.meta.main)
  try {
    await compile(JSON.parse(process.argv[2] ?? '') as CompileOptions);
  } catch (error) {
    console.error(error instanceof AggregateError ? error.errors.join('\n') : error);
    process.exit(1);
  }
