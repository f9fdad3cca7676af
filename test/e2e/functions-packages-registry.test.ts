import { expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createAdmin, makeTemporaryFolder, runBinary, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { canReachRegistry, networkEnv } from '../support/registry.ts';
import { until } from '../support/until.ts';
import { inFunctions, makeDeveloper, resultOf } from './functions-tools.ts';

setDefaultTimeout(600_000);

const HEAD = `import { register } from 'tinybase';\n`;
/** A function for every kind of package, and what it answers. */
const KINDS = {
  checks: {
    source: `${HEAD}import { z } from 'zod';
      const Input = z.object({ email: z.email() });
      register({ auth: 'public' }, () => [Input.safeParse({ email: 'ann@example.com' }).success, Input.safeParse({ email: 'ann' }).success]);`,
    result: [true, false],
  },
  counts_days: {
    source: `${HEAD}import { addDays, formatISO } from 'date-fns';
      register({ auth: 'public' }, () => formatISO(addDays(new Date(2030, 0, 31), 1), { representation: 'date' }));`,
    result: '2030-02-01',
  },
  takes_a_subpath: {
    source: `${HEAD}import { format } from 'date-fns'; import { fr } from 'date-fns/locale/fr';
      register({ auth: 'public' }, () => format(new Date(2030, 0, 31), 'MMMM', { locale: fr }));`,
    result: 'janvier',
  },
  uses_commonjs: {
    source: `${HEAD}import slugify from 'slugify'; import { createRequire } from 'node:module';
      const required = createRequire(import.meta.url)('slugify');
      register({ auth: 'public' }, () => [slugify('Grüße aus Köln'), required('a b')]);`,
    result: ['Grusse-aus-Koln', 'a-b'],
  },
  uses_modules_only: {
    source: `${HEAD}import { nanoid } from 'nanoid'; import pLimit from 'p-limit';
      register({ auth: 'public' }, async () => [nanoid().length, await pLimit(1)(() => 'limited')]);`,
    result: [21, 'limited'],
  },
} as const;
const NAMES = Object.keys(KINDS);
const EXPECTED = Object.fromEntries(
  Object.entries(KINDS).map(([name, { result }]) => [name, result]),
);
const SOURCES = Object.fromEntries(
  Object.entries(KINDS).map(([name, { source }]) => [`functions/${name}.ts`, source]),
);

const network = networkEnv();
// Asked without the product, so that a fault of it fails and does not skip.
const hasRegistry = await canReachRegistry();

test.skipIf(!hasRegistry)(
  'zod, date-fns, a CommonJS package, ESM-only ones and a subpath of exports, from the registry into an empty cache: by functions add, by a deploy, and at start when the lock file changed',
  async () => {
    await using server = await startBinary({ env: withEmptyCache() });
    const admin = await createAdmin(server);
    const { dir, env, write } = await makeDeveloper(server, admin);
    write(SOURCES);
    const own = { ...env, ...withEmptyCache() };
    const functions = (...args: readonly string[]) =>
      runBinary(['functions', ...args], { dir, env: own });
    const callAll = async (url: string) =>
      Object.fromEntries(
        await Promise.all(NAMES.map(async (name) => [name, await resultOf(url, name)])),
      );

    // functions add. Of nanoid an older version, for the lock file to change later.
    const packages = ['zod', 'date-fns', 'slugify', 'nanoid@5.0.0', 'p-limit'];
    const added = await functions('add', ...packages);
    expect(added.code, added.stderr).toBe(0);
    const called = await functions('call', 'uses_modules_only');
    expect(called, called.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(called.stdout)).toEqual([21, 'limited']);

    // A deploy. The server has a cache of its own, and packages are not sent.
    const deployed = await functions('deploy');
    expect(deployed.code, deployed.stderr).toBe(0);
    expect(await callAll(server.url)).toEqual(EXPECTED);

    // At start, in a folder that has the sources and the lock file alone.
    rmSync(inFunctions(dir, 'node_modules'), { recursive: true });
    await using local = await startBinary({ dir, env: withEmptyCache() });
    await until(
      async () => Bun.deepEquals(await callAll(local.url), EXPECTED),
      'they are installed',
    );
    const version = () =>
      JSON.parse(readFileSync(inFunctions(dir, 'node_modules', 'nanoid', 'package.json'), 'utf8'))
        .version;
    expect(version()).toBe('5.0.0');
    await local.stop();
    const colleague = makeTemporaryFolder();
    const files = readdirSync(inFunctions(dir)).filter((name) =>
      /^(package\.json|bun\.lock)$/.test(name),
    );
    const copy = (from: string, to: string) =>
      writeFiles(
        to,
        Object.fromEntries(
          files.map((name) => [`functions/${name}`, readFileSync(inFunctions(from, name), 'utf8')]),
        ),
      );
    copy(dir, colleague);
    const changed = await runBinary(['functions', 'add', 'nanoid@5.0.1'], {
      dir: colleague,
      env: own,
    });
    expect(changed.code, changed.stderr).toBe(0);
    copy(colleague, dir);
    await using again = await local.restart();
    await until(() => version() === '5.0.1', 'the new version is there');
    await until(async () => Bun.deepEquals(await callAll(again.url), EXPECTED), 'all answer');
  },
);

function withEmptyCache(): Record<string, string> {
  return { ...network, BUN_INSTALL_CACHE_DIR: makeTemporaryFolder('cache') };
}
