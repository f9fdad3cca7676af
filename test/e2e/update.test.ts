import { Database } from 'bun:sqlite';
import { beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { BINARY } from '../../scripts/support/paths.ts';
import { makeTemporaryFolder, runBinary, startBinary } from '../support/binary.ts';
import {
  encode,
  type FakeRelease,
  type FakeReleaseOptions,
  fakeProgram,
  serveRelease,
} from '../support/fake-release.ts';
import { writeFiles } from '../support/fixtures.ts';
import { isRunning } from '../support/processes.ts';
import { describeInRootFolder } from '../support/root-folder.ts';
import { openTerminal } from '../support/terminal.ts';
import { until } from '../support/until.ts';
import { resultOf } from './functions-tools.ts';

setDefaultTimeout(600_000);

let folder: string;
/** Of the program: whether it is still the one that was installed. */
let inode: number;
const program = () => join(folder, 'tinybase');
const installed = () => statSync(program()).ino;

/** 125 MB for each test would be a lot to write; nothing is ever written into the file itself. */
function putBinaryAt(path: string): void {
  try {
    linkSync(BINARY, path);
  } catch {
    copyFileSync(BINARY, path, constants.COPYFILE_FICLONE);
  }
}

beforeEach(() => {
  folder = makeTemporaryFolder('installed');
  putBinaryAt(program());
  inode = installed();
});

/** Runs the program that is installed in the folder. */
const run = (args: readonly string[], env: Record<string, string> = {}, before: string[] = []) =>
  runBinary(['update', ...args], {
    dir: folder,
    env,
    wrapper: [...before, 'sh', '-c', 'shift; exec ./tinybase "$@"', 'sh'],
  });

const update = (release: FakeRelease, ...args: string[]) =>
  run(['-y', ...args], { TINYBASE_DOWNLOAD_URL: release.url });

/** Refused with such a sentence, and nothing is changed, nothing left over. */
async function expectRefusal(outcome: Awaited<ReturnType<typeof update>>, says: string) {
  expect(outcome.stderr).toContain(says);
  expect(outcome.code).not.toBe(0);
  expect(installed()).toBe(inode);
  expect(readdirSync(folder).filter((name) => /previous|\.tinybase-update/.test(name))).toEqual([]);
}

async function refuses(options: FakeReleaseOptions, says: string, ...args: string[]) {
  await using release = await serveRelease(options);
  await expectRefusal(await update(release, ...args), says);
}

describe('a newer version', () => {
  test('Ctrl-C while it is asked who it is: nothing is changed, and it does not run on', async () => {
    const program =
      '#!/bin/sh\necho $$ > "$HOME/asked.tmp"; mv "$HOME/asked.tmp" "$HOME/asked"; sleep 600\n';
    await using release = await serveRelease({ program });
    const previous = join(folder, 'tinybase.previous');
    writeFileSync(previous, program, { mode: 0o755 });
    for (const args of [['--url', release.url], ['--rollback']]) {
      const command = [join(folder, 'tinybase'), 'update', '-y', ...args];
      await using terminal = openTerminal(command, { cwd: folder });
      const asked = join(folder, 'asked');
      await until(() => existsSync(asked));
      const pid = Number(readFileSync(asked, 'utf8'));
      rmSync(asked);
      terminal.kill('SIGSTOP');
      terminal.type('\u0003');
      await Bun.sleep(100);
      terminal.kill('SIGCONT');
      expect(await terminal.exited).toBe(130);
      await terminal.until('Stopped: nothing was changed.');
      await until(() => !isRunning(pid));
    }
    expect(installed()).toBe(inode);
    expect(readdirSync(folder).sort()).toEqual(['tinybase', 'tinybase.previous']);
  });

  test('is told by --check, for people and for programs, and changes nothing', async () => {
    await using release = await serveRelease();
    const told = await run(['--check', '--url', release.url]);
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(told.stdout).toContain('TinyBase 99.0.0 is there since 2020-01-02');
    const { stdout } = await run(['--check', '--json', '--url', release.url]);
    expect(JSON.parse(stdout)).toMatchObject({ newest: '99.0.0', is_newer: true });
    expect(installed()).toBe(inode);
    expect(release.asked).toEqual(['latest/download/latest.json', 'latest/download/latest.json']);

    await using older = await serveRelease({ version: '0.0.1' });
    const { stdout: newest } = await run(['--check', '--url', older.url]);
    expect(newest).toContain('is the newest version');
  });

  test('is put in place, the one before is kept, and --rollback brings it back', async () => {
    await using release = await serveRelease();
    const done = await update(release);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain('to 99.0.0: tinybase');
    expect(readFileSync(program(), 'utf8')).toBe(fakeProgram('99.0.0', 999));
    const previous = join(folder, 'tinybase.previous');
    expect(statSync(previous).ino).toBe(inode);
    expect(readdirSync(folder).sort()).toEqual(['.tinybase.lock', 'tinybase', 'tinybase.previous']);

    // The new one is no TinyBase that could go back by itself: they change places first.
    rmSync(program());
    putBinaryAt(program());
    rmSync(previous);
    writeFileSync(previous, fakeProgram('0.0.9', 999), { mode: 0o755 });
    const back = await run(['--rollback', '-y']);
    expect(back).toMatchObject({ code: 0, stderr: '' });
    expect(back.stdout).toContain('to 0.0.9');
    expect(readFileSync(program(), 'utf8')).toBe(fakeProgram('0.0.9', 999));
    expect(readFileSync(previous).equals(readFileSync(BINARY))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['.tinybase.lock', 'tinybase', 'tinybase.previous']);
  });

  test('leaves a running server as it is: its workers go on with the program that it was started with', async () => {
    writeFiles(folder, {
      'functions/pid.ts': `import { register } from 'tinybase';
register({ auth: 'public' }, () => process.pid);`,
      'functions/leave.ts': `import { register } from 'tinybase';
register({ auth: 'public' }, () => process.exit(1));`,
    });
    await using server = await startBinary({
      dir: folder,
      env: { TINYBASE_FUNCTIONS_WORKERS: '1' },
      wrapper: ['sh', '-c', 'shift; exec ./tinybase "$@"', 'sh'],
    });
    await until(async () => (await resultOf(server.url, 'pid')) !== 'not_found', 'it answers');
    const before = await resultOf(server.url, 'pid');
    expect(before).toBeNumber();
    await using release = await serveRelease();
    expect(await update(release)).toMatchObject({ code: 0, stderr: '' });
    expect(installed()).not.toBe(inode);
    await resultOf(server.url, 'leave');
    const after = await resultOf(server.url, 'pid');
    expect(after).toBeNumber();
    expect(after).not.toBe(before);
    expect(await server.stop()).toBe(0);
  });

  test('is put in place by one of two updates at once, and the one before is not lost', async () => {
    await using release = await serveRelease();
    const whole = release.files.get(release.archive) as Uint8Array<ArrayBuffer>;
    const both = Promise.withResolvers<void>();
    let asked = 0;
    release.files.set(release.archive, () => {
      if (++asked === 2) both.resolve();
      const body = async function* () {
        await both.promise;
        yield whole;
      };
      return new Response(body());
    });
    // Both are held up at the last step, to take it at once.
    const third = new Database(join(folder, '.tinybase.lock'));
    third.run('BEGIN EXCLUSIVE');
    const updates = Promise.all([update(release), update(release)]);
    const unpacked = () => [
      ...new Bun.Glob('.tinybase-update-*/**/tinybase').scanSync({ cwd: folder, dot: true }),
    ];
    await until(() => unpacked().length === 2);
    await Bun.sleep(200);
    expect(installed()).toBe(inode);
    third.close();
    const outcomes = await updates;
    expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(outcomes.map(({ stderr }) => stderr).join('')).toContain('replaced meanwhile');
    expect(statSync(join(folder, 'tinybase.previous')).ino).toBe(inode);
    expect(readdirSync(folder).sort()).toEqual(['.tinybase.lock', 'tinybase', 'tinybase.previous']);
  });

  test('may be an older one when it is named, and is asked for where a person watches', async () => {
    await using release = await serveRelease({ version: '0.0.1' });
    const silent = await run([], { TINYBASE_DOWNLOAD_URL: release.url });
    await expectRefusal(silent, '--yes');
    expect(release.asked).toEqual([]);
    const current = await update(release);
    expect(current.stdout).toContain('is the newest version');
    expect(installed()).toBe(inode);
    const done = await update(release, '--version', 'v0.0.1');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(release.asked.slice(-2)).toEqual(['download/v0.0.1/latest.json', release.archive]);
  });
});

describe('refused, and nothing is changed', () => {
  test('attack: the archive was changed after it was made', async () => {
    await using release = await serveRelease();
    release.files.set(release.archive, encode('something else'));
    await expectRefusal(await update(release), 'The sum of');
  });

  test('attack: the list has another sum than the archive', async () => {
    await using release = await serveRelease();
    const path = 'latest/download/latest.json';
    const list = new TextDecoder().decode(release.files.get(path) as Uint8Array);
    release.files.set(path, encode(list.replace(release.sha256, '0'.repeat(64))));
    await expectRefusal(await update(release), 'The sum of');
  });

  for (const [what, file] of Object.entries({
    'a file in another folder': '../../evil.tar.gz',
    'a file of another server': 'https://evil.invalid/evil.tar.gz',
  }))
    test(`attack: the list names ${what}`, async () => {
      await using release = await serveRelease();
      const path = 'latest/download/latest.json';
      const list = new TextDecoder().decode(release.files.get(path) as Uint8Array);
      const named = list.replace(/"file":"[^"]+"/, `"file":"${file}"`);
      release.files.set(path, encode(named));
      await expectRefusal(await update(release), 'is no list of a release');
    });

  const archives = {
    'leads out of its folder': [{ name: '../../evil', content: 'x' }],
    'holds a link': [{ name: 'tinybase-99/tinybase', linkname: '/bin/sh', type: 'symlink' }],
    'holds no program': [{ name: 'tinybase-99/README.md', content: 'x' }],
  } as const;
  for (const [what, entries] of Object.entries(archives))
    test(`attack: the archive ${what}`, async () => {
      const says =
        { 'leads out of its folder': '..', 'holds a link': 'link' }[what] ?? 'no program';
      await refuses({ bytes: await packTar(entries) }, says);
      expect(existsSync(join(folder, '..', 'evil'))).toBe(false);
    });

  test('attack: an archive that unpacks without end', async () => {
    const zeros = gzipSync(Buffer.alloc(600 * 1024 * 1024), { level: 1 });
    await refuses({ bytes: new Uint8Array(zeros) }, 'archive');
  });

  test('attack: the server leads to an address without TLS', async () => {
    await using release = await serveRelease();
    release.files.set(release.archive, () =>
      Response.redirect('http://releases.invalid/tinybase.tar.gz'),
    );
    await expectRefusal(await update(release), 'and not by https');
  });

  test('attack: releases from an address without TLS', async () => {
    await expectRefusal(
      await run(['-y', '--url', 'http://releases.invalid']),
      'begins with https://',
    );
  });

  test('attack: an older release is sold as the version that was asked for', async () => {
    await using release = await serveRelease({ version: '98.0.0' });
    const list = release.files.get('latest/download/latest.json');
    if (list !== undefined) release.files.set('download/v99.0.0/latest.json', list);
    await expectRefusal(await update(release, '--version', '99.0.0'), 'no list of version 99.0.0');
  });

  test('attack: the archive of a new version holds an older program', async () => {
    await refuses({ program: fakeProgram('0.0.1', 999) }, 'holds the program of 0.0.1');
  });

  test('a download that breaks off', async () => {
    await using release = await serveRelease();
    const whole = release.files.get(release.archive) as Uint8Array<ArrayBuffer>;
    release.files.set(release.archive, whole.slice(0, 50));
    await expectRefusal(await update(release), 'The sum of');
  });

  test('a program that does not start here', async () => {
    await refuses({ program: '#!/bin/sh\necho no such loader >&2\nexit 127\n' }, 'no such loader');
  });

  test('a release without this platform', async () => {
    await refuses({ target: 'plan9-x64' }, 'only for plan9-x64');
  });

  test('data that the version could not open: before the download, and when only the program tells', async () => {
    expect((await runBinary(['init', '--yes'], { dir: folder })).code).toBe(0);
    await using release = await serveRelease({ schemaVersion: 1 });
    await expectRefusal(await update(release), 'older than the database');
    expect(release.asked).not.toContain(release.archive);
    await refuses({ programSchema: 1 }, 'older than the database');
    writeFileSync(join(folder, 'tinybase.previous'), fakeProgram('0.0.1', 1), { mode: 0o755 });
    const back = await run(['--rollback', '-y']);
    expect(back.stderr).toContain('older than the database');
    expect(installed()).toBe(inode);
  });

  test.skipIf(process.getuid?.() !== 0)('a folder that this user may not write', async () => {
    chmodSync(folder, 0o755);
    const outcome = await run(['-y', '--url', 'https://releases.invalid'], { HOME: '/' }, [
      'setpriv',
      '--reuid=65534',
      '--clear-groups',
    ]);
    await expectRefusal(outcome, 'cannot be written by this user');
  });

  test('a program of npm, and one that runs from its sources', async () => {
    await expectRefusal(
      await run(['-y', '--url', 'https://releases.invalid'], { TINYBASE_INSTALLED_BY: 'npm' }),
      'npm install tinybase@latest',
    );
  });

  test('nothing to go back to', async () => {
    await expectRefusal(await run(['--rollback', '-y']), 'nothing to go back to');
  });

  test('a program that was built by hand knows no place of releases', async () => {
    await expectRefusal(await run(['-y']), '--url or TINYBASE_DOWNLOAD_URL');
  });
});

describeInRootFolder('on a disk that is full', () => {
  test('update says so, and leaves the program as it was', async () => {
    const noise = new Uint8Array(24 * 1024 * 1024).map(() => Math.random() * 256);
    await using release = await serveRelease({ bytes: noise });
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const size = Math.ceil(statSync(BINARY).size / 1024) + 8 * 1024;
    const script = `mount -t tmpfs -o size=${size}k tmpfs ${disk} && cp ${BINARY} ${disk}/tinybase && cd ${disk} && ./tinybase update -y; code=$?; ls -A; exit $code`;
    const outcome = await runBinary([], {
      dir: folder,
      env: { TINYBASE_DOWNLOAD_URL: release.url },
      wrapper: ['unshare', '--mount', 'sh', '-c', script],
    });
    expect(outcome.stderr).toContain('The disk is full');
    expect(outcome.code).toBe(1);
    expect(outcome.stdout.trim()).toBe('tinybase');
  });
});

async function packTar(
  entries: readonly {
    readonly name: string;
    readonly content?: string;
    readonly linkname?: string;
    readonly type?: 'symlink';
  }[],
): Promise<Uint8Array<ArrayBuffer>> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return new Uint8Array(gzipSync(Buffer.concat(chunks)));
}
