import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../scripts/support/paths.ts';
import { makeTemporaryFolder } from '../support/binary.ts';
import { encode, serveRelease } from '../support/fake-release.ts';
import { AUTHORITY, KEY, SIGNED } from '../support/own-authority.ts';
import { OWN_TARGET } from '../support/release.ts';
import { eventually } from '../support/root-folder.ts';

setDefaultTimeout(600_000);

const SCRIPT = inRoot('scripts', 'install.sh');
const SHELL = Bun.which('dash') ?? '/bin/sh';

/** Runs the script as `curl … | sh` does, with nothing of the tester's settings. */
function start(url: string, home: string, env: Record<string, string> = {}) {
  return Bun.spawn([SHELL, '-s'], {
    cwd: home,
    env: { PATH: process.env.PATH ?? '', HOME: home, TINYBASE_DOWNLOAD_URL: url, ...env },
    stdin: Bun.file(SCRIPT),
    detached: true,
    stdout: 'pipe',
    stderr: 'pipe',
  });
}

async function install(url: string, home: string, env: Record<string, string> = {}) {
  const child = start(url, home, env);
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

const programOf = (home: string) => join(home, '.local', 'bin', 'tinybase');
/** A folder for PATH with what the script needs, and nothing else that could download. */
function makeTools(...more: readonly string[]): string {
  const tools = makeTemporaryFolder('tools');
  const needed = 'sh uname mkdir mktemp rm grep head cut sed sha256sum tar gzip mv ldd cat'.split(
    ' ',
  );
  for (const tool of [...needed, ...more]) {
    const path = Bun.which(tool);
    if (path !== null) symlinkSync(path, join(tools, tool));
  }
  return tools;
}

/** A release behind TLS, as GitHub has it: each address is a redirect to where the file is. */
function serveBehindTls({ url }: { readonly url: string }, where: (own: string) => string) {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    tls: { cert: SIGNED, key: KEY },
    fetch(request): Response | Promise<Response> {
      const { pathname } = new URL(request.url);
      const [, file] = /^\/releases(\/.*)/.exec(pathname) ?? [];
      const own = `https://127.0.0.1:${server.port}`;
      return file === undefined
        ? fetch(url + pathname)
        : Response.redirect(`${where(own)}${file}`, 302);
    },
  });
  return {
    url: `https://127.0.0.1:${server.port}/releases`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** Settings with which a tool trusts these servers. */
function trusting(tool: string, home: string): Record<string, string> {
  const authority = join(home, 'authority.pem');
  writeFileSync(authority, AUTHORITY);
  writeFileSync(join(home, '.wgetrc'), `ca_certificate = ${authority}\n`);
  return { PATH: makeTools(tool), CURL_CA_BUNDLE: authority };
}

/** Nothing half done, and nothing of the work on the way. */
const leftIn = (home: string) =>
  existsSync(join(home, '.local', 'bin')) ? readdirSync(join(home, '.local', 'bin')) : [];

describe('the install script', () => {
  test('installs the newest version into ~/.local/bin, says the line for PATH, and again over it', async () => {
    await using release = await serveRelease();
    const home = makeTemporaryFolder('home');
    const first = await install(release.url, home);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(`Installed TinyBase 99.0.0: ${programOf(home)}`);
    expect(first.stdout).toContain(`export PATH="${home}/.local/bin:$PATH"`);
    expect(leftIn(home)).toEqual(['tinybase']);
    expect(Bun.spawnSync([programOf(home), '--version']).stdout.toString()).toBe('99.0.0\n');

    const again = await install(release.url, home, {
      PATH: `${process.env.PATH}:${home}/.local/bin`,
    });
    expect(again.code).toBe(0);
    expect(again.stdout).not.toContain('export PATH');
  });

  test('takes a version and a folder, and wget where there is no curl', async () => {
    await using release = await serveRelease({ version: '1.2.3' });
    const home = makeTemporaryFolder('home');
    const done = await install(release.url, home, {
      PATH: makeTools('wget'),
      TINYBASE_VERSION: 'v1.2.3',
      TINYBASE_INSTALL_DIR: join(home, 'bin'),
    });
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(home, 'bin', 'tinybase'))).toBe(true);
    expect(release.asked[0]).toBe('download/v1.2.3/SHA256SUMS');
  });

  const refusals = {
    'attack: an archive that is not the one of the list': {
      spoil: (release) => release.files.set(release.archive, encode('something else')),
      says: 'The sum of',
    },
    'attack: a list of sums that is not that of the archive': {
      spoil: (release) => {
        const name = release.archive.split('/').at(-1);
        const sums = encode(`${'0'.repeat(64)}  ${name}\n`);
        release.files.set('latest/download/SHA256SUMS', sums);
      },
      says: 'nothing was installed',
    },
    'attack: a list that names a file somewhere else': {
      spoil: (release) =>
        release.files.set(
          'latest/download/SHA256SUMS',
          encode(`${release.sha256}  ../../tinybase-1.0.0-${OWN_TARGET.name}.tar.gz\n`),
        ),
      says: `no archive for ${OWN_TARGET.name}`,
    },
    'an archive that breaks off': {
      spoil: (release) => {
        const whole = release.files.get(release.archive) as Uint8Array<ArrayBuffer>;
        release.files.set(release.archive, whole.slice(0, 60));
      },
      says: 'The sum of',
    },
    'a release without this platform': {
      spoil: (release) =>
        release.files.set(
          'latest/download/SHA256SUMS',
          encode(`${release.sha256}  tinybase-99.0.0-plan9-x64.tar.gz\n`),
        ),
      says: `no archive for ${OWN_TARGET.name}`,
    },
    'an archive that is not there': {
      spoil: (release) => release.files.delete(release.archive),
      says: 'could not be downloaded',
    },
  } satisfies Record<
    string,
    { spoil(release: Awaited<ReturnType<typeof serveRelease>>): unknown; says: string }
  >;
  for (const [what, { spoil, says }] of Object.entries(refusals))
    test(`${what}: refused, and what was installed stays`, async () => {
      await using release = await serveRelease();
      const home = makeTemporaryFolder('home');
      expect((await install(release.url, home)).code).toBe(0);
      spoil(release);
      const refused = await install(release.url, home);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(says);
      expect(leftIn(home)).toEqual(['tinybase']);
    });

  test('attack: an address without TLS', async () => {
    const refused = await install('http://releases.invalid/tinybase', makeTemporaryFolder('home'));
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('it must begin with https://');
  });

  test('attack: an address that only begins like this machine', async () => {
    const refused = await install('http://localhost.evil.invalid', makeTemporaryFolder('home'));
    expect(refused.stderr).toContain('it must begin with https://');
  });

  for (const tool of ['curl', 'wget']) {
    test(`with ${tool}: a redirect from https to https is followed`, async () => {
      await using release = await serveRelease();
      await using front = serveBehindTls(release, (own) => own);
      const home = makeTemporaryFolder('home');
      const done = await install(front.url, home, trusting(tool, home));
      expect(done).toMatchObject({ code: 0, stderr: '' });
      expect(leftIn(home)).toEqual(['tinybase']);
    });

    test(`attack: a redirect from https to http, with ${tool}`, async () => {
      await using release = await serveRelease();
      await using front = serveBehindTls(release, () => release.url);
      const home = makeTemporaryFolder('home');
      const refused = await install(front.url, home, trusting(tool, home));
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('could not be downloaded');
      expect(release.asked).toEqual([]);
      expect(leftIn(home)).toEqual([]);
    });
  }

  test('a wget that cannot be kept from following redirects is not used', async () => {
    await using release = await serveRelease();
    const home = makeTemporaryFolder('home');
    const tools = makeTools();
    // That of BusyBox.
    writeFileSync(join(tools, 'wget'), '#!/bin/sh\necho "Usage: wget [-cqS] URL" >&2\nexit 1\n', {
      mode: 0o755,
    });
    const refused = await install(release.url, home, { PATH: tools });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('install curl, or GNU wget');
    expect(release.asked).toEqual([]);
    expect(leftIn(home)).toEqual([]);
  });

  test('a program that does not start here is not installed', async () => {
    await using release = await serveRelease({ program: '#!/bin/sh\necho broken >&2\nexit 127\n' });
    const home = makeTemporaryFolder('home');
    const refused = await install(release.url, home);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('does not start on this machine');
    expect(leftIn(home)).toEqual([]);
  });

  test('SIGTERM in the middle of the download leaves nothing behind', async () => {
    await using release = await serveRelease();
    let isAsked = false;
    release.files.set(release.archive, () => {
      isAsked = true;
      // Never comes to an end.
      return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
    });
    const home = makeTemporaryFolder('home');
    const child = start(release.url, home);
    await eventually(() => isAsked);
    // As a terminal does: the script and what it has started.
    process.kill(-child.pid, 'SIGTERM');
    expect(await child.exited).not.toBe(0);
    expect(leftIn(home)).toEqual([]);
  });

  test('a script that was cut off on its way does nothing', async () => {
    const home = makeTemporaryFolder('home');
    const script = readFileSync(SCRIPT, 'utf8');
    const cut = join(home, 'cut.sh');
    writeFileSync(cut, script.slice(0, script.lastIndexOf('\nmain "$@"')));
    const child = Bun.spawnSync([SHELL, cut], {
      env: { PATH: process.env.PATH ?? '', HOME: home, TINYBASE_DOWNLOAD_URL: 'https://x.invalid' },
    });
    expect(child.exitCode).toBe(0);
    expect(readdirSync(home)).toEqual(['cut.sh']);
  });
});
