import { SECTIONS, SETTINGS, type Setting, toSetting } from '../../src/core/config-keys.ts';
import { ConfigSchema, ENVIRONMENT_PROPERTIES } from '../../src/core/config-schema.ts';
import { describeRange } from '../../src/core/config-toml.ts';

const INTRODUCTION = `# Configuration

<!-- Made by scripts/generate-docs.ts from src/core/config-schema.ts: change it there. -->

A setting is looked for in four places; the first that has it decides:

1. a flag of the command, such as \`--port 9000\`
2. a variable, such as \`TINYBASE_SERVER_PORT=9000\`
3. \`tinybase.toml\` in the current folder, or in the folder given with \`--dir\`
4. the default

The key \`a.b\` has the variable \`TINYBASE_A_B\`. An empty variable counts as not set. Lists are separated by
commas or written as a JSON array; true, 1, yes and on mean true. Two variables of one setting that say
different things are an error. \`.env\` is not read by itself: name a file with \`--env-file FILE\`; the real
environment wins over it.

An unknown key, a wrong type or a value out of range stops the start. Every mistake is listed, with its
line or variable and what is allowed. A variable that begins with \`TINYBASE_\` and is no setting is a warning.

\`tinybase init\` writes a \`tinybase.toml\` with every key as a comment. \`TINYBASE_ADMIN_EMAIL\` and
\`TINYBASE_ADMIN_PASSWORD\` are read by \`tinybase init\` to make the first admin; they are no settings.

`;

/** docs/reference/config.md: every setting with its default, range and variables. */
export function renderConfigPage(): string {
  const sections = SECTIONS.map(({ name, description }) =>
    [
      `## ${name}`,
      '',
      description,
      '',
      ...renderTable(SETTINGS.filter(({ section }) => section === name)),
    ].join('\n'),
  );
  const environments = [
    '## environments.NAME',
    '',
    ConfigSchema.properties.environments.description ?? '',
    '',
    ...renderTable(
      Object.entries(ENVIRONMENT_PROPERTIES).map(([name, schema]) =>
        toSetting('environments.NAME', name, schema),
      ),
    ),
  ].join('\n');
  return `${[INTRODUCTION, ...sections, environments].join('\n')}`.replaceAll(/\n{3,}/g, '\n\n');
}

/** Aligned as the formatter of the clone wants it, so that it has nothing to change. */
function renderTable(settings: readonly Setting[]): string[] {
  const rows = [['key', 'default', ''], ...settings.map(renderRow)];
  const widths = [0, 1, 2].map((column) =>
    Math.max(3, ...rows.map((row) => Bun.stringWidth(row[column] ?? ''))),
  );
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) =>
      cell.padEnd(cell.length + (widths[column] ?? 0) - Bun.stringWidth(cell)),
    );
    return `| ${cells.join(' | ')} |`;
  });
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [...lines.slice(0, 1), rule, ...lines.slice(1), ''];
}

function renderRow(setting: Setting): string[] {
  const { key, schema, variables, isSecret } = setting;
  const value =
    schema.defaultText ??
    (schema.default === undefined ? '–' : `\`${JSON.stringify(schema.default)}\``);
  const names = variables.slice(1).map((variable) => `Also \`${variable}\`.`);
  const text = [schema.description, describeRange(setting), ...names, isSecret ? 'Secret.' : '']
    .filter((part) => part !== '')
    .join(' ');
  return [`\`${key}\``, value, text.replaceAll('|', '\\|')];
}
