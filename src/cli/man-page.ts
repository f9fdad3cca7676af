import {
  type ArgumentNode,
  allCommands,
  type CommandNode,
  type OptionNode,
} from './command-tree.ts';
import { VERSION } from './version.ts';

const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ['0', 'It worked.'],
  ['1', 'It failed; standard error says why.'],
  ['2', 'The command or the configuration was wrong.'],
  ['130', 'It was stopped, as by Ctrl-C.'],
];

const FILES: readonly (readonly [string, string])[] = [
  ['tinybase.toml', 'The configuration of a project. tinybase init writes it with every setting.'],
  ['tinybase.db', 'The database.'],
  ['functions/', 'The functions of the project, one in each file.'],
  ['extensions/', 'The extensions that are installed.'],
  ['migrations/', 'Changes of collections, as files.'],
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['TINYBASE_SECTION_KEY', 'Each setting, such as TINYBASE_SERVER_PORT for server.port.'],
  ['TINYBASE_ADMIN_EMAIL, TINYBASE_ADMIN_PASSWORD', 'The first admin, for tinybase init.'],
  ['TINYBASE_TOKEN', 'The token of tinybase functions call --url.'],
  ['TINYBASE_DEBUG', 'With 1, errors of the program say where they happened.'],
  ['NO_COLOR, FORCE_COLOR', 'Output without colours, or with them also where it is piped.'],
];

/** The manual page tinybase(1), in the macros of man(7). */
export function renderManPage(root: CommandNode): string {
  const commands = allCommands(root).filter(
    ({ words, commands: below }) => words.length > 0 && below.length === 0 && words[0] !== 'help',
  );
  const lines = [
    '.\\" Made by tinybase man from the commands of the program.',
    `.TH TINYBASE 1 "" "TinyBase ${VERSION}" "User Commands"`,
    '.SH NAME',
    'tinybase \\- a complete backend in one file',
    '.SH SYNOPSIS',
    '.B tinybase',
    '.I command',
    '.RI [ argument " ...]"',
    '.SH DESCRIPTION',
    toText(root.description),
    'In an empty folder,',
    '.B tinybase serve',
    'makes what it needs and prints where the API, its documentation and the admin app are.',
    '.SH COMMANDS',
    ...commands.flatMap(renderCommand),
    '.SH EXIT STATUS',
    ...renderList(EXIT_STATUS),
    '.SH ENVIRONMENT',
    ...renderList(ENVIRONMENT),
    '.SH FILES',
    ...renderList(FILES),
    '.SH EXAMPLES',
    ...renderList(root.examples),
  ];
  return `${lines.join('\n')}\n`;
}

function renderCommand({ words, description, args, options, notes, examples }: CommandNode) {
  const usage = ['tinybase', ...words, '[options]', ...args.map(toUsage)].join(' ');
  return [
    `.SS ${toText(words.join(' '))}`,
    `.B ${toText(usage)}`,
    '.PP',
    toText(description),
    ...args.flatMap((argument) =>
      renderItem(argument.name, withChoices(argument.description, argument.choices)),
    ),
    ...options.flatMap((option) =>
      renderItem(toFlags(option), withChoices(option.description, option.value?.choices ?? [])),
    ),
    ...notes.flatMap((note) => ['.PP', '.nf', ...note.split('\n').map(toText), '.fi']),
    '.PP',
    'Examples:',
    ...examples.flatMap(([command, explanation]) => renderItem(command, explanation)),
  ];
}

function renderList(items: readonly (readonly [string, string])[]): string[] {
  return items.flatMap(([term, text]) => renderItem(term, text));
}

function renderItem(term: string, text: string): string[] {
  return ['.TP', `.B ${toText(term)}`, toText(text)];
}

function toUsage({ name, isRequired, isVariadic }: ArgumentNode): string {
  const shown = isVariadic ? `${name}...` : name;
  return isRequired ? `<${shown}>` : `[${shown}]`;
}

function toFlags({ short, long, value }: OptionNode): string {
  const flags = [short, long].filter((flag) => flag !== undefined).join(', ');
  return value === undefined ? flags : `${flags} <${value.name}>`;
}

function withChoices(description: string, choices: readonly string[]): string {
  return choices.length === 0 ? description : `${description} (${choices.join(', ')})`;
}

/** Text as it is: a backslash, a dash and what begins a line mean something to roff (groff_man(7)). */
function toText(text: string): string {
  const plain = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll('…', '...');
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}
