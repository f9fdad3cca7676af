import { describe, expect, test } from 'bun:test';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { writeFiles } from '../support/fixtures.ts';
import { createFakeIo, type FakeIoOptions } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

const MANIFEST = '[extension]\nname = "hello"\nversion = "1.0.0"\n';

/** A project beside the source of an extension. */
function makeProject(manifest = MANIFEST, toml = ''): string {
  const dir = makeFolder();
  writeFileSync(join(dir, 'tinybase.toml'), toml);
  writeFiles(dir, { 'source/extension.toml': manifest, 'source/main.ts': '' });
  return dir;
}

async function run(cwd: string, argv: readonly string[], io: Partial<FakeIoOptions> = {}) {
  const fake = createFakeIo({ cwd, ...io });
  const code = await main(['extensions', ...argv], fake);
  return { code, out: fake.stdout.join('\n'), err: fake.stderr.join('\n'), io: fake };
}

const isInstalled = (dir: string) => existsSync(join(dir, 'extensions/hello'));

describe('extensions install', () => {
  test('shows what it is and asks; only yes installs it', async () => {
    for (const [answer, isWanted] of [
      ['no', false],
      ['', false],
      ['yes', true],
    ] as const) {
      const dir = makeProject();
      const { code, out, io } = await run(dir, ['install', 'source'], { answers: [answer] });
      expect(out).toStartWith('hello 1.0.0\n');
      expect(io.asked.map(({ message }) => message)).toEqual(['Install hello? (yes or no)']);
      expect([code, isInstalled(dir)]).toEqual([isWanted ? 0 : 1, isWanted]);
    }
  });

  test('without a terminal to ask it is exit 2, unless yes was said beforehand', async () => {
    const dir = makeProject();
    const { code, err } = await run(dir, ['install', 'source']);
    expect([code, err, isInstalled(dir)]).toEqual([
      2,
      '--yes: is needed where nobody can be asked',
      false,
    ]);
    expect((await run(dir, ['install', 'source', '--yes'])).code).toBe(0);
    expect(isInstalled(dir)).toBe(true);
  });

  test('terminal injection: what a manifest says cannot steer the terminal', async () => {
    const evil = '\\u001b[2J\\u202egnp';
    const dir = makeProject(`${MANIFEST}description = "${evil}"\nauthor = "a\\nFrom  me"\n`);
    const { out } = await run(dir, ['install', 'source', '-y']);
    const shown = `${out}\n${(await run(dir, ['list'])).out}`;
    expect(shown).not.toContain('\u001b');
    expect(shown).not.toContain('\u202e');
    expect(shown).toContain('Author    a\\u{a}From  me');
  });

  test('says when it will not run', async () => {
    const dir = makeProject(MANIFEST, '[extensions]\nenabled = false\n');
    expect((await run(dir, ['install', 'source', '-y'])).out).toContain(
      'extensions.enabled is false',
    );
    expect((await run(dir, ['list'])).out).toContain('None of them runs');
    await run(dir, ['disable', 'hello']);
    const again = await run(dir, ['install', 'source', '-y']);
    expect(again.out).toContain('It is disabled: tinybase extensions enable hello');
  });

  test('takes another folder than ./extensions from the settings', async () => {
    const dir = makeProject(MANIFEST, '[extensions]\npath = "plugins"\n');
    expect((await run(dir, ['install', 'source', '-y'])).code).toBe(0);
    expect(existsSync(join(dir, 'plugins/hello/main.ts'))).toBe(true);
  });
});

describe('the other commands', () => {
  test('uninstall asks, and removes it', async () => {
    const dir = makeProject();
    await run(dir, ['install', 'source', '-y']);
    const kept = await run(dir, ['uninstall', 'hello'], { answers: ['n'] });
    expect([kept.code, isInstalled(dir)]).toEqual([1, true]);
    const gone = await run(dir, ['uninstall', 'hello'], { answers: ['y'] });
    expect([gone.code, gone.out, isInstalled(dir)]).toEqual([0, 'Uninstalled hello 1.0.0.', false]);
    expect((await run(dir, ['uninstall', 'hello', '-y'])).code).toBe(1);
  });

  test('enable says what stands in the way', async () => {
    const dir = makeProject();
    writeFiles(dir, { 'extensions/faulty/main.ts': '' });
    const { code, out, err } = await run(dir, ['enable', 'faulty']);
    expect([code, out]).toEqual([0, 'faulty is enabled.']);
    expect(err).toContain('It does not run:\nThere is no extension.toml');
  });

  test('with nothing installed they say how to begin', async () => {
    const dir = makeProject();
    expect((await run(dir, ['list'])).out).toContain('tinybase extensions install');
    expect((await run(dir, ['list', '--json'])).out).toBe('[]');
    expect((await run(dir, ['check-updates'])).out).toBe('No extensions yet.');
    expect((await run(dir, ['check-updates', '--json'])).out).toBe('[]');
  });

  test('new writes one that is sound, whatever its description is', async () => {
    const dir = makeProject();
    const { code, out } = await run(dir, ['new', 'greet', '-d', 'Says "hi"\n\\ \u007f']);
    expect(code).toBe(0);
    expect(out).toContain('made  extensions/greet/main.ts');
    const [listed] = JSON.parse((await run(dir, ['list', '--json'])).out);
    expect(listed).toMatchObject({
      name: 'greet',
      description: 'Says "hi"\n\\ \u007f',
      error: null,
    });
    expect((await run(dir, ['new', 'greet'])).code).toBe(1);
    for (const name of ['Greet', '../x', 'nul', '-x'])
      expect((await run(dir, ['new', '--', name])).code).toBe(2);
  });
});
