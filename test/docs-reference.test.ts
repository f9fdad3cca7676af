import { expect, test } from 'bun:test';
import { COMMANDS, GROUPS } from '../src/cli/commands/index.ts';
import { EXIT_CODES } from '../src/cli/exit-codes.ts';
import { SETTINGS } from '../src/core/config-keys.ts';
import { ERROR_CODES } from '../src/core/errors.ts';
import { STATUS } from '../src/http/error-handler.ts';
import { HOOK_NAMES } from '../src/protocol/extensions.ts';
import { expectToName, firstCells, membersIn, read } from './support/guide-pages.ts';

// What these pages say is compared with the code in core/docs.test.ts; here, that nothing is missing.

test('every command is in the overview and has its help in the reference', () => {
  const paths = COMMANDS.map(({ path }) => path.join(' '));
  const overview = firstCells('docs/cli.md').map((cell) => /`tinybase ([^`]*)`/.exec(cell)?.[1]);
  const named = overview.filter((usage) => usage !== undefined).map(toWords);
  expect(named.toSorted()).toEqual(paths.toSorted());
  const heads = [...read('docs/reference/cli.md').matchAll(/^## tinybase(?: (.*))?$/gm)];
  const groups = Object.keys(GROUPS);
  expect(heads.map(([, words = '']) => words).toSorted()).toEqual(
    ['', ...groups, ...paths].toSorted(),
  );
});

test('every setting is in the reference', () => {
  const cells = firstCells('docs/reference/config.md');
  const keys = SETTINGS.map(({ key }) => `\`${key}\``);
  expect(cells.filter((cell) => cell.startsWith('`') && !cell.includes('NAME'))).toEqual(keys);
});

test('every error code is in the reference with its status and exit code', () => {
  const rows = [
    ...read('docs/reference/errors.md').matchAll(
      /^\| `(\w+)` \| (\d+) \| (\d+) \| (.+) \| (.+) \|$/gm,
    ),
  ];
  expect(rows.map(([, code, status, exit]) => [code, Number(status), Number(exit)])).toEqual(
    ERROR_CODES.map((code) => [code, STATUS[code], EXIT_CODES[code]]),
  );
});

test('every hook is in the reference, with the members of the context', () => {
  const page = read('docs/reference/hooks.md');
  expect(
    [...page.matchAll(/^\| `(\w+_\w+)` \| .* \| \[`\w+`\]/gm)].map(([, name]) => name),
  ).toEqual([...HOOK_NAMES]);
  expectToName(
    page,
    membersIn('src/sdk/extensions.ts', 'interface ExtensionContext').map(
      (name) => `| \`${name}\` |`,
    ),
  );
});

function toWords(usage: string): string {
  return usage
    .split(' ')
    .filter((word) => /^[a-z]/.test(word))
    .join(' ');
}
