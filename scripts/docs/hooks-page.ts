import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { filterKeyOf, HOOK_NAMES, type HookName } from '../../src/protocol/extensions.ts';
import { inRoot } from '../support/paths.ts';

const SOURCE = 'src/sdk/extensions.ts';

const INTRODUCTION = `# Reference of hooks

<!-- Made by scripts/generate-docs.ts from ${SOURCE}: change it there. -->

What an extension registers while it loads, as \`on_x(handler)\` or \`on_x(filter, handler)\`, with
\`import { … } from 'tinybase/extensions'\`. How to write one: [writing extensions](../guide/writing-extensions.md).
Each handler is called with the event and a context. \`on_\` hooks run after the change and cannot break it;
\`before_\` hooks may change \`event.data\`, return other data, or refuse with \`throw new HookError(status, message)\`.
`;

/** When each is called; the compiler asks for a line for a new one. */
const WHEN = {
  on_startup:
    'The extension was loaded: at the start of the server, and whenever extensions are started anew.',
  on_shutdown: 'The extension is about to end; five seconds are left for all of them.',
  on_user_login: 'Somebody signed in.',
  on_user_register: 'An account was made while the server runs.',
  on_record_create: 'A record was created.',
  on_record_update: 'A record was changed.',
  on_record_delete: 'A record was deleted.',
  on_function_call: 'A call begins: its input fits and a worker has it.',
  on_function_complete: 'A call has ended, well or not.',
  before_record_create: 'A record is about to be created.',
  before_record_update: 'A record is about to be changed.',
  before_record_delete: 'A record is about to be deleted.',
} as const satisfies Record<HookName, string>;

/** The events of hooks whose type names none. */
const EVENTS: Readonly<Record<string, string>> = {
  RecordHook: 'RecordEvent',
  BeforeHook: 'BeforeEvent',
};

interface Member {
  readonly name: string;
  readonly type: string;
  readonly description: string;
}

/** docs/reference/hooks.md: every hook, and every member of its event and of the context. */
export function renderHooksPage(): string {
  const source = readSource();
  const interfaces = new Map(
    source.statements.filter(ts.isInterfaceDeclaration).map((found) => [found.name.text, found]),
  );
  const events = new Map(HOOK_NAMES.map((name) => [name, eventOf(name, source)]));
  const hooks = HOOK_NAMES.map((name) => {
    const filter = filterKeyOf(name);
    const event = events.get(name) ?? '';
    return `| \`${name}\` | ${filter === undefined ? '' : `\`{${filter}}\``} | [\`${event}\`](#${event.toLowerCase()}) | ${WHEN[name]} |`;
  });
  const shapes = [...new Set(events.values()), 'ExtensionContext'];
  return [
    INTRODUCTION,
    '| hook | filter | event | when |',
    '| --- | --- | --- | --- |',
    ...hooks,
    '',
    ...shapes.flatMap((name) => renderShape(name, membersOf(name, interfaces))),
  ].join('\n');
}

function renderShape(name: string, members: readonly Member[]): string[] {
  const rows = members.map(
    (member) =>
      `| \`${member.name}\` | \`${member.type.replaceAll('|', '\\|')}\` | ${member.description} |`,
  );
  return [`## ${name}`, '', '| member | type | |', '| --- | --- | --- |', ...rows, ''];
}

function readSource(): ts.SourceFile {
  const text = readFileSync(inRoot(SOURCE), 'utf8');
  return ts.createSourceFile(SOURCE, text, ts.ScriptTarget.Latest, true);
}

/** `StartupEvent` of `export const on_startup: Hook<StartupEvent> = …`. */
function eventOf(hook: HookName, source: ts.SourceFile): string {
  const declared = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .find(({ name }) => name.getText() === hook);
  if (declared?.type === undefined || !ts.isTypeReferenceNode(declared.type))
    throw new Error(`${SOURCE} does not export ${hook}`);
  const { typeName, typeArguments } = declared.type;
  const event = typeArguments?.[0]?.getText() ?? EVENTS[typeName.getText()];
  if (event === undefined) throw new Error(`${SOURCE} does not say what ${hook} is called with`);
  return event;
}

/** Those of the interface, after those of what it extends. */
function membersOf(
  name: string,
  interfaces: ReadonlyMap<string, ts.InterfaceDeclaration>,
): Member[] {
  const found = interfaces.get(name);
  if (!found) throw new Error(`${SOURCE} has no interface ${name}`);
  const above = (found.heritageClauses ?? []).flatMap(({ types }) =>
    types.flatMap(({ expression }) => membersOf(expression.getText(), interfaces)),
  );
  const own = found.members.filter(ts.isPropertySignature).map((member) => ({
    name: `${member.name.getText()}${member.questionToken ? '?' : ''}`,
    type: member.type?.getText() ?? 'unknown',
    description: describe(member),
  }));
  return [...above, ...own];
}

function describe(member: ts.PropertySignature): string {
  const notes = ts
    .getJSDocCommentsAndTags(member)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment));
  return notes
    .filter((note) => note !== undefined)
    .join(' ')
    .replaceAll('|', '\\|');
}
