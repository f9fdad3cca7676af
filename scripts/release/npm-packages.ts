import {
  chmodSync,
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../support/paths.ts';
import type { Release } from './built.ts';

const SCOPE = '@tinybase';

/**
 * Folders that `npm publish` takes: `tinybase`, whose command starts the program of one of the others.
 * npm installs the one whose os, cpu and libc are those of the machine.
 */
export function writeNpmPackages({ folder, version, archives }: Release): void {
  const npm = join(folder, 'npm');
  const names: Record<string, string> = {};
  for (const { target, program } of archives) {
    const name = `${SCOPE}/${target.name}`;
    names[name] = version;
    const { os, cpu, libc } = target.npm;
    const home = writePackage(join(npm, target.name), {
      ...describe(version),
      name,
      description: `The program of TinyBase for ${target.name}; installed by the package tinybase.`,
      os: [os],
      cpu: [cpu],
      ...(libc === undefined ? {} : { libc: [libc] }),
      // The program must be a file of its own: package managers that keep archives cannot start it there.
      preferUnplugged: true,
      files: [target.program],
    });
    chmodSync(program, 0o755);
    // Not a copy: it is large, and nobody writes into it.
    linkSync(program, join(home, target.program));
    writeFileSync(
      join(home, 'README.md'),
      `# ${name}\n\nThe program of TinyBase for ${target.name}. Install [tinybase](https://www.npmjs.com/package/tinybase) instead: it takes the right one.\n`,
    );
  }
  const home = writePackage(join(npm, 'tinybase'), {
    ...describe(version),
    name: 'tinybase',
    description: readPackage().description,
    keywords: ['backend', 'baas', 'sqlite', 'typescript', 'functions', 'server'],
    bin: { tinybase: 'tinybase.js' },
    engines: { node: '>=18' },
    files: ['tinybase.js', 'CHANGELOG.md'],
    optionalDependencies: names,
  });
  copyFileSync(inRoot('scripts', 'release', 'npm-launcher.js'), join(home, 'tinybase.js'));
  chmodSync(join(home, 'tinybase.js'), 0o755);
  cpSync(inRoot('README.md'), join(home, 'README.md'));
  cpSync(inRoot('CHANGELOG.md'), join(home, 'CHANGELOG.md'));
}

function writePackage(folder: string, content: unknown): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
  copyFileSync(inRoot('LICENSE'), join(folder, 'LICENSE'));
  return folder;
}

function describe(version: string) {
  const { license, repository, homepage } = readPackage();
  return {
    version,
    license,
    // Where npm checks the provenance of what is published against.
    ...(repository === undefined ? {} : { repository }),
    ...(homepage === undefined ? {} : { homepage }),
    type: 'module',
  };
}

function readPackage() {
  return JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as {
    readonly description: string;
    readonly license: string;
    readonly repository?: unknown;
    readonly homepage?: string;
  };
}
