// Builds the archives, sums and npm packages of a release in build/release.
// Usage: bun scripts/release.ts [TARGET…] [--draft] [--url URL]
import { parseArgs } from 'node:util';
import { release } from './release/release.ts';
import { TARGETS } from './release/targets.ts';
import { ROOT } from './support/paths.ts';

const NAMES = TARGETS.map(({ name }) => name);

const HELP = `Usage: npm run release -- [TARGET…] [--draft] [--url URL]

Builds TinyBase for every platform, from this folder and the registry of npm alone, into build/release:
an archive for each, SHA256SUMS, latest.json for tinybase update, install.sh and the folders of the npm
packages. The same sources give the same bytes.

  TARGET      only these: ${NAMES.slice(0, 4).join(', ')},
              ${NAMES.slice(4).join(', ')}
  --draft     without a heading for the version in CHANGELOG.md
  --url URL   where the release will be, for tinybase update and install.sh:
              https://github.com/OWNER/NAME/releases
  --help      this text`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      draft: { type: 'boolean', default: false },
      url: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const unknown = positionals.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no target ${unknown.join(', ')}. There are ${NAMES.join(', ')}.`);
    return 2;
  }
  const url = values.url?.replace(/\/+$/, '');
  if (url !== undefined && !/^https:\/\/[^\s'"\\]+$/.test(url)) {
    console.error(`--url is ${url}: it must be an address that begins with https://.`);
    return 2;
  }
  const started = performance.now();
  const targets = TARGETS.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  );
  const { folder, archives, version } = await release({ targets, url, isDraft: values.draft });
  for (const { sha256, file } of archives) console.log(`${sha256}  ${file}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `TinyBase ${version}: ${archives.length} archives in ${folder.replace(`${ROOT}/`, '')} · ${seconds} s`,
  );
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
