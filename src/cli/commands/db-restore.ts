import { resolve } from 'node:path';
import { requireAskable, requireConsent } from '../consent.ts';
import type { CliDatabaseFile } from '../database-file.ts';
import { addExamples, addNotes, type DefineCommand } from '../define-command.ts';
import { type CliIo, showPath } from '../output.ts';
import { formatBytes, formatCount, showShare } from '../record-file.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { whileRunning } from '../while-running.ts';
import { withServices } from '../with-app.ts';

interface RestoreOptions extends ProjectOptions {
  readonly yes?: true;
  readonly sha256?: string;
  readonly keepSessions?: true;
}

export const defineDbRestore: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('<file>', 'a backup')
      .option('-y, --yes', 'do not ask')
      .option('--sha256 <hash>', 'refuse any file but the one with this SHA-256')
      .option('--keep-sessions', 'let sessions and API tokens of the backup count again'),
  );
  addNotes(
    command,
    'The backup is checked before anything is touched, and the database that it replaces is kept beside\nit. Stop the server first.',
  );
  command.action(async (file: string, options: RestoreOptions) => {
    const { config, dir } = openProject(io, options);
    const isGiven = options.yes ?? false;
    if (!isGiven) requireAskable(io);
    const database = await opener.openDatabaseFile({ config, dir });
    const source = resolve(io.cwd, file);
    const restored = await whileRunning(io, 'nothing was changed', (signal) =>
      database.restore(source, {
        sha256: options.sha256,
        keepsSessions: options.keepSessions ?? false,
        signal,
        onStep: (step, done) =>
          io.status(step === 'check' ? 'Checking the backup' : showShare('Copying', done)),
        confirm() {
          io.status('');
          const place = showPath(io.cwd, database.path);
          return requireConsent(io, { isGiven, question: `Put ${file} in the place of ${place}?` });
        },
      }),
    );
    tell(io, database, file, restored);
    const { sha256, schemaVersion } = restored.source;
    // Opening it brings an older one up to date.
    await withServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: 'made' },
      (app) => app.services.backups.noteRestore({ sha256, schema_version: schemaVersion }),
    );
  });
  addExamples(command, [
    ['tinybase db restore /backups/monday.db', 'asks before it replaces anything'],
    ['tinybase db restore monday.db --yes', 'for scripts'],
  ]);
};

function tell(
  io: CliIo,
  { path }: CliDatabaseFile,
  file: string,
  { source, replaced, ended, missingDeployment }: Awaited<ReturnType<CliDatabaseFile['restore']>>,
): void {
  io.out(`Restored ${showPath(io.cwd, path)} from ${file} (${formatBytes(source.sizeBytes)}).`);
  if (replaced !== undefined)
    io.out(`The database that was there is kept as ${showPath(io.cwd, replaced)}.`);
  if (source.isOlder)
    io.out(
      `It is of an older version (schema ${source.schemaVersion}) and is brought up to date now.`,
    );
  if (ended === undefined) io.err('Sessions and API tokens of the backup count again.');
  else
    io.out(`All sessions have ended (${formatCount(ended.sessions)}): everybody signs in again.`);
  if (ended !== undefined && ended.apiTokens > 0)
    io.out(
      `API tokens that were revoked since do not come back (${formatCount(ended.apiTokens)}).`,
    );
  if (missingDeployment !== undefined)
    io.err(
      `Its functions were deployed, and the files are not here (deployments/${missingDeployment}): copy that folder, deploy again, or run tinybase functions activate local.`,
    );
}
