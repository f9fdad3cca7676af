import { requireConsent } from '../consent.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { describeOffer } from '../extension-texts.ts';
import { createPaint } from '../output.ts';
import {
  addProjectOptions,
  createQuietLogger,
  makeFolder,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { whileRunning } from '../while-running.ts';
import { withServices } from '../with-app.ts';

interface InstallOptions extends ProjectOptions {
  readonly yes?: true;
}

export const defineExtensionsInstall: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument(
        '<source>',
        'a folder, a .tar.gz, its https address, or a git repository (URL#TAG for one version)',
      )
      .option('-y, --yes', 'install without asking'),
  );
  command.action(async (source: string, options: InstallOptions) => {
    const { config, dir } = openProject(io, options);
    makeFolder(dir);
    await withServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: 'made' },
      async (app) => {
        const offer = await whileRunning(io, 'nothing was installed', (signal) => {
          io.status('Fetching');
          return app.services.extensions.offer(source, io.cwd, signal);
        });
        try {
          io.out(describeOffer(offer, io));
          const { name, version } = offer.manifest;
          await requireConsent(io, {
            isGiven: options.yes ?? false,
            question: offer.replaces === null ? `Install ${name}?` : `Replace ${name}?`,
          });
          await whileRunning(io, 'nothing was installed', (signal) => offer.accept(io.out, signal));
          const { green, yellow } = createPaint(io.hasColour);
          const { is_enabled } = await app.services.extensions.get(name);
          io.out(green(`Installed ${name} ${version}.`));
          if (!is_enabled) io.out(`It is disabled: tinybase extensions enable ${name}`);
          else if (config.extensions.enabled) io.out('A running server starts it at once.');
          else io.out(yellow('No extension runs here: extensions.enabled is false.'));
        } finally {
          await offer.close();
        }
      },
    );
  });
  addExamples(command, [
    [
      'tinybase extensions install https://example.com/ann/hello.git#v1.2.0',
      'a version by its tag',
    ],
    ['tinybase extensions install https://example.com/hello-1.2.0.tar.gz', 'an archive'],
    ['tinybase extensions install ../hello -y', 'a folder, without being asked'],
  ]);
};
