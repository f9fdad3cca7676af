import { copyFileSync, existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runBinary } from './binary.ts';
import { until } from './until.ts';

const ROOT = join(import.meta.dir, '../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
/** Helpers and declarations: they have no line in the list of functions. */
const NO_FUNCTION = /^_|\.d\.ts$/;

/** Changes a file of functions and waits until a running server has taken notice of it. */
export async function whenLoaded(
  server: { readonly url: string; readonly token: string; readonly dir: string },
  file: string,
  change: () => unknown,
): Promise<void> {
  const before = await readState(server, file);
  await change();
  if (NO_FUNCTION.test(basename(file))) return;
  const isNoticed = async () => {
    const state = await readState(server, file);
    if (Bun.deepEquals(state, before)) return false;
    // A load that began before the change may end only now, with what was there before.
    const written = statSync(join(server.dir, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const isNew = state.items.every(({ last_loaded_at }) => Date.parse(last_loaded_at) > written);
    return isNew || state.load_errors.length > 0;
  };
  await until(isNoticed, `the server notices ${file}`);
}

interface Listing {
  readonly items: readonly { readonly file_path: string; readonly last_loaded_at: string }[];
  readonly load_errors: readonly { readonly file: string; readonly message: string }[];
}

async function readState(
  { url, token }: { readonly url: string; readonly token: string },
  file: string,
): Promise<Listing> {
  const response = await fetch(`${url}/api/admin/functions?limit=1000`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { items, load_errors } = (await response.json()) as Listing;
  return {
    items: items.filter(({ file_path }) => file_path === file),
    load_errors: load_errors.filter((error) => error.file === file),
  };
}

/** What the compiler says of a functions folder, with the settings and types that an editor finds there. */
export async function typeCheckFunctions(dir: string): Promise<string> {
  const functions = join(dir, 'functions');
  const settings = join(functions, 'tsconfig.json');
  if (!existsSync(settings)) copyFileSync(join(ROOT, 'functions-template/tsconfig.json'), settings);
  const written = await runBinary(['types', '--out', 'types-of-the-page.ts'], { dir });
  if (written.code !== 0) return written.stderr;
  const child = Bun.spawn([process.execPath, TSC, '--noEmit', '-p', functions], {
    cwd: dir,
    stdout: 'pipe',
    stderr: 'inherit',
  });
  return new Response(child.stdout).text();
}
