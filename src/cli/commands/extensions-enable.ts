import { addExamples, type DefineCommand } from '../define-command.ts';
import { createPaint, toVisible } from '../output.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openExistingProject,
  type ProjectOptions,
} from '../settings.ts';
import { withServices } from '../with-app.ts';

/** `extensions enable` and `extensions disable`: two words for one switch. */
const defineSwitch =
  (isEnabled: boolean): DefineCommand =>
  (command, { io, opener }) => {
    addProjectOptions(command.argument('<extension>', 'its name'));
    command.action(async (name: string, options: ProjectOptions) => {
      const { config, dir } = openExistingProject(io, options);
      await withServices(
        opener,
        { config, dir, logger: createQuietLogger(io), ifMissing: 'made' },
        async (app) => {
          const { error } = await app.services.extensions.setEnabled(name, isEnabled);
          const { green, yellow } = createPaint(io.hasColour);
          io.out(green(`${toVisible(name)} is ${isEnabled ? 'enabled' : 'disabled'}.`));
          if (isEnabled && error !== null)
            io.err(yellow(`It does not run:\n${error.split('\n').map(toVisible).join('\n')}`));
        },
      );
    });
    addExamples(command, [
      isEnabled
        ? ['tinybase extensions enable hello', 'a running server starts it at once']
        : ['tinybase extensions disable hello', 'it stays installed, with its settings'],
    ]);
  };

export const defineExtensionsEnable = defineSwitch(true);
export const defineExtensionsDisable = defineSwitch(false);
