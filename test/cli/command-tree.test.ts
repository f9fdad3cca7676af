import { describe, expect, test } from 'bun:test';
import { allCommands, type CommandNode, toCommandNode } from '../../src/cli/command-tree.ts';
import { GROUPS } from '../../src/cli/commands/index.ts';
import { complete, formatCompletion } from '../../src/cli/complete.ts';
import { main } from '../../src/cli/main.ts';
import { renderManPage } from '../../src/cli/man-page.ts';
import { createProgram } from '../../src/cli/program.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

/** Commands that show what there is: a program must be able to read it. */
const LISTING =
  /^(functions (list|deployments)|admin list|extensions (list|check-updates)|db (history|current|check)|config|doctor|version)$/;

const context = {
  io: createFakeIo({ cwd: makeFolder() }),
  opener: createFakeOpener(),
  readTree: () => Promise.resolve(root),
};
const root = toCommandNode(await createProgram(context, 'all'));
const commands = allCommands(root).filter(({ words }) => words[0] !== 'help');
const nameOf = ({ words }: CommandNode) => words.join(' ');

async function run(...argv: string[]) {
  const io = createFakeIo({ cwd: makeFolder() });
  return { code: await main(argv, io, createFakeOpener()), err: io.stderr.join('\n') };
}

describe('every command', () => {
  test('says what it is, what each argument and option is, and shows examples', () => {
    for (const command of commands) {
      const { args, options, examples, description } = command;
      expect(description, nameOf(command)).toMatch(/^[A-Z].*\.$/);
      expect(examples.length, nameOf(command)).toBeGreaterThan(0);
      for (const { description: text } of [...args, ...options])
        expect(text, nameOf(command)).not.toBe('');
      expect(options.map(({ long }) => long)).toContain('--help');
    }
  });

  test('shows examples that would run: each word and flag is there', () => {
    for (const command of commands)
      for (const [example] of command.examples)
        for (const part of example.split(/[|;]/).filter((text) => /\btinybase /.test(text))) {
          const [, words = ''] = /\btinybase (.*)$/s.exec(part) ?? [];
          expect(findUnknown(words.split(/\s+/)), example).toEqual([]);
        }
  });

  test('that lists has --json', () => {
    const listing = commands.filter((command) => LISTING.test(nameOf(command)));
    expect(listing).toHaveLength(11);
    for (const command of listing)
      expect(
        command.options.map(({ long }) => long),
        nameOf(command),
      ).toContain('--json');
  });

  test('that is mistyped, or whose option is, is answered with the right one and 2', async () => {
    for (const command of commands.filter(({ words }) => words.length > 0)) {
      const wrong = await run(...command.words.slice(0, -1), mistype(command.words.at(-1) ?? ''));
      expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('Did you mean')]);
      for (const { long } of command.options.filter((option) => (option.long ?? '').length > 5)) {
        const flag = await run(...command.words, mistype(long ?? ''));
        expect([flag.code, flag.err]).toEqual([2, expect.stringContaining('Did you mean')]);
      }
    }
  });

  test('that asks can be answered beforehand', () => {
    for (const name of ['db restore', 'db downgrade', 'extensions install', 'extensions uninstall'])
      expect(
        commands.find((command) => nameOf(command) === name)?.options.map(({ long }) => long),
      ).toContain('--yes');
  });

  test('is in a group with examples, or stands alone', () => {
    const groups = commands.filter((command) => command.commands.length > 0).map(nameOf);
    expect(groups.filter(Boolean).toSorted()).toEqual(Object.keys(GROUPS).toSorted());
  });
});

describe('attacks on what is shown', () => {
  const SECRET = 'hunter2-swordfish';
  test.each([
    [`admin reset-password ${SECRET} ${SECRET}`],
    [`admin add ${SECRET}`],
    [`init --admin-email ${SECRET} --admin-password ${SECRET}`],
    [`admin add ann@example.com -${SECRET}`],
    [`admin add ann@example.com --${SECRET}`],
    [`admin reset-password ann@example.com a ${SECRET}`],
    [`admin add ann@example.com --pasword=${SECRET}`],
  ])('a password in the wrong place is not printed: tinybase %s', async (line) => {
    const { code, err } = await run(...line.split(' '));
    expect(code).toBe(2);
    expect(err).not.toBe('');
    expect(err).not.toContain(SECRET);
  });
});

describe('completion', () => {
  const names: Record<string, readonly string[]> = {
    collection: ['cities', 'people'],
    account: ['ann@example.com'],
    function: ['add_numbers'],
  };
  const cases: readonly [typed: string, answer: string | RegExp][] = [
    ['fun', /^functions\tWrite/],
    ['functions ne', 'new\tWrite a new function from a template'],
    ['functions new --au', '--auth\twho may call it'],
    ['functions new --auth ', 'public\nauth\nadmin'],
    ['functions new --auth p', 'public'],
    ['functions new --auth=p', '--auth=public'],
    ['functions new --auth = p', 'public'],
    ['functions new --auth =', 'public\nauth\nadmin'],
    ['functions call ', 'add_numbers'],
    ['records export ', 'cities\npeople'],
    ['records export p', 'people'],
    ['records export cities ', ':files'],
    ['records export cities out.csv ', ''],
    ['records import cities x --owner a', 'ann@example.com'],
    ['serve --dir ', ':folders'],
    ['serve --port ', ''],
    ['completion f', 'fish'],
    ['db restore ', ':files'],
    ['nonsense ', ''],
    ['records export -- --f', ''],
    ['admin add --dir functions ', 'ann@example.com'],
  ];
  for (const [typed, answer] of cases)
    test(`tinybase ${typed}…`, async () => {
      const found = await complete(root, typed.split(' '), async (kind) => names[kind] ?? []);
      const text = formatCompletion(found);
      if (typeof answer === 'string') expect(text).toBe(answer);
      else expect(text).toMatch(answer);
    });

  test.each([
    ['`id`@example.com'],
    ['$(id)'],
    ["it's"],
    ['"a"@example.com'],
    ['two words'],
    ['two\nlines'],
    [':files'],
    ['a\tb'],
    ['a;b'],
    ['~root'],
    ['--yes'],
    ['a\u202eb'],
  ])(
    'attack: %p, a name that a shell would read as more than a word, is not offered',
    async (name) => {
      const found = await complete(root, ['records', 'export', ''], async () => [
        name,
        'zoë.b+c@d-e',
      ]);
      expect(formatCompletion(found)).toBe('zoë.b+c@d-e');
    },
  );

  test('a project with a broken configuration is completed in silence', async () => {
    const io = createFakeIo({ cwd: makeFolder(), env: { TINYBASE_SERVER_PORT: 'many' } });
    expect(await main(['__complete', 'records', 'export', ''], io)).toBe(0);
    expect(io.text()).toBe('');
  });
});

test('the manual page names every command, argument and flag', () => {
  const page = renderManPage(root).replaceAll('\\-', '-');
  for (const command of commands.filter((one) => one.words.length > 0 && !one.commands.length)) {
    expect(page).toContain(`.SS ${nameOf(command)}\n`);
    for (const { long } of command.options) expect(page).toContain(long ?? '');
  }
});

/** Two letters change places, behind the first one. */
function mistype(word: string): string {
  const letters = [...word];
  const at = letters.findIndex((letter, index) => {
    const next = letters[index + 1];
    return index > 0 && letter !== '-' && next !== '-' && next !== undefined && letter !== next;
  });
  return [...letters.slice(0, at), letters[at + 1], letters[at], ...letters.slice(at + 2)].join('');
}

/** What an example names that there is not. */
function findUnknown(words: readonly string[]): string[] {
  let command = root;
  for (const word of words) {
    const below = command.commands.find((one) => one.words.at(-1) === word);
    if (!below) break;
    command = below;
  }
  const flags = command.options.flatMap(({ short, long }) => [short, long]);
  const unknown = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split('=')[0]);
  const isGroup = command.commands.length > 0 && words.length > 0;
  return [
    ...(isGroup ? words : []),
    ...unknown.filter((flag): flag is string => flag !== undefined && !flags.includes(flag)),
  ];
}
