import { requireConsent } from '../consent.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { createPaint, toVisible } from '../output.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { withServices } from '../with-app.ts';

interface UninstallOptions extends ProjectOptions {
  readonly yes?: true;
}

export const defineExtensionsUninstall: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command.argument('<extension>', 'its name').option('-y, --yes', 'uninstall without asking'),
  );
  command.action(async (name: string, options: UninstallOptions) => {
    const { config, dir } = openProject(io, options);
    await withServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: 'imagined' },
      async (app) => {
        const { extensions } = app.services;
        const { version } = await extensions.get(name);
        const shown = version === null ? toVisible(name) : `${toVisible(name)} ${version}`;
        await requireConsent(io, {
          isGiven: options.yes ?? false,
          question: `Uninstall ${shown} with its settings?`,
        });
        await extensions.remove(name);
        const { green } = createPaint(io.hasColour);
        io.out(green(`Uninstalled ${shown}.`));
      },
    );
  });
  addExamples(command, [
    ['tinybase extensions uninstall hello', 'asks first'],
    ['tinybase extensions uninstall hello -y', 'for programs'],
  ]);
};
