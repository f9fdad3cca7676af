import { type ShownSetting, type ShownValue, showSettings } from '../../core/config-shown.ts';
import { addExamples, addNotes, type DefineCommand } from '../define-command.ts';
import { createPaint, formatTable, type Paint, toVisible } from '../output.ts';
import { addProjectOptions, openExistingProject, type ProjectOptions } from '../settings.ts';

interface ConfigOptions extends ProjectOptions {
  readonly showOrigin?: true;
  readonly json?: true;
}

const OPENS_NO_DATABASE = `Secrets are never shown. No database is opened: the name, the registration and the mail templates that
an admin has set in the admin app count on top of this, unless they are set here.`;

export const defineConfig: DefineCommand = (command, { io }) => {
  command
    .option('--show-origin', 'print where each value comes from')
    .option('--json', 'print JSON');
  addProjectOptions(command);
  command.action(async (options: ConfigOptions) => {
    const { config, origins, dir } = openExistingProject(io, options);
    const settings = showSettings(config, origins, dir);
    if (options.json) io.out(JSON.stringify(toJson(settings), null, 2));
    else io.out(formatSettings(settings, createPaint(io.hasColour), options.showOrigin ?? false));
  });
  addNotes(command, OPENS_NO_DATABASE);
  addExamples(command, [
    ['tinybase config', 'every setting with the value that counts'],
    ['tinybase config --show-origin', 'and the line, variable or default it comes from'],
    ['tinybase config --json --dir shop', 'for programs'],
  ]);
};

function toJson(settings: readonly ShownSetting[]) {
  return Object.fromEntries(
    settings.map(({ setting: { key, isSecret }, value, origin }) => [
      key,
      { value, origin, is_secret: isSecret },
    ]),
  );
}

function formatSettings(
  settings: readonly ShownSetting[],
  { bold, dim }: Paint,
  hasOrigin: boolean,
): string {
  const rows = settings.map(({ setting: { key, isSecret }, value, origin }) => [
    key,
    isSecret || value === null ? dim(formatValue(value)) : toVisible(formatValue(value)),
    ...(hasOrigin ? [origin === 'default' ? dim(origin) : toVisible(origin)] : []),
  ]);
  const head = ['SETTING', 'VALUE', ...(hasOrigin ? ['ORIGIN'] : []), ''];
  return formatTable([head.map(bold), ...rows]);
}

function formatValue(value: ShownValue): string {
  if (value === null) return 'not set';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
