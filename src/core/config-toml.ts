import { SECTIONS, SETTINGS, type Setting, toSetting } from './config-keys.ts';
import { ConfigSchema, ENVIRONMENT_PROPERTIES } from './config-schema.ts';
import { describeAllowed } from './config-value.ts';

const HEAD = `# Settings of TinyBase. Every line that sets something is commented out and shows the default, where
# there is a fixed one.
# A variable such as TINYBASE_SERVER_PORT wins over this file, a flag such as --port over both.`;

/** A tinybase.toml with every key, its default and a comment, that decides nothing. */
export function renderConfigToml(): string {
  const sections = SECTIONS.map(({ name, description }) =>
    [
      `# ${description}`,
      `[${name}]`,
      ...SETTINGS.filter(({ section }) => section === name).flatMap((setting) =>
        renderSetting(setting),
      ),
    ].join('\n'),
  );
  const environment = Object.entries(ENVIRONMENT_PROPERTIES).map(([name, schema]) =>
    toSetting('environments.production', name, schema),
  );
  const environments = [
    `# ${ConfigSchema.properties.environments.description ?? ''}`,
    '# [environments.production]',
    ...environment.flatMap((setting) => renderSetting(setting)),
  ].join('\n');
  return `${[HEAD, ...sections, environments].join('\n\n')}\n`;
}

function renderSetting(setting: Setting): string[] {
  const comment = [setting.schema.description, describeRange(setting)]
    .filter((text) => text !== '')
    .join(' ');
  const hasDefault =
    setting.schema.default !== undefined && setting.schema.defaultText === undefined;
  const value = hasDefault ? JSON.stringify(setting.schema.default) : exampleOf(setting);
  const note =
    setting.schema.defaultText === undefined ? '' : `  # default: ${setting.schema.defaultText}`;
  return [`# ${comment}`, `# ${setting.name} = ${value}${note}`];
}

/** "From 1 to 1024 MB." for numbers, the choices for choices, nothing for others. */
export function describeRange({ schema }: Setting): string {
  if (schema.type === 'integer')
    return `From ${schema.minimum} to ${schema.maximum}${schema.unit ? ` ${schema.unit}` : ''}.`;
  return schema.anyOf ? `Either ${describeAllowed(schema)}.` : '';
}

/** For a key without a default: something of the right form. */
function exampleOf({ schema }: Setting): string {
  if (schema.type === 'array') return '[]';
  return schema.type === 'integer' ? String(schema.minimum) : '""';
}
