import { resolve } from 'node:path';
import { addExamples, addNotes, type DefineCommand } from '../define-command.ts';
import { showPath } from '../output.ts';
import { formatBytes, showShare } from '../record-file.ts';
import { addProjectOptions, openProject, type ProjectOptions } from '../settings.ts';
import { whileRunning } from '../while-running.ts';

interface BackupOptions extends ProjectOptions {
  readonly force?: true;
  readonly json?: true;
}

export const defineDbBackup: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('<file>', 'where to write the copy')
      .option('-f, --force', 'replace the file when it is there already')
      .option('--json', 'print JSON'),
  );
  addNotes(
    command,
    'The copy is the database as it is when it begins; a server may go on serving meanwhile. It is\nchecked, and has its name only once it is whole. Folders of the project are not in it.',
  );
  command.action(async (file: string, options: BackupOptions) => {
    const { config, dir } = openProject(io, options);
    const database = await opener.openDatabaseFile({ config, dir });
    const target = resolve(io.cwd, file);
    const copied = await whileRunning(io, 'no backup was made', (signal) =>
      database.copyTo(target, {
        mayReplace: options.force ?? false,
        signal,
        onProgress: (done) => io.status(showShare('Copying', done)),
      }),
    );
    const { sizeBytes, sha256, schemaVersion } = copied;
    if (options.json) {
      const shown = { file: target, size_bytes: sizeBytes, sha256, schema_version: schemaVersion };
      io.out(JSON.stringify(shown, null, 2));
      return;
    }
    io.out(`Wrote ${formatBytes(sizeBytes)} into ${showPath(io.cwd, target)}, checked.`);
    io.out(`SHA-256 ${sha256}`);
  });
  addExamples(command, [
    ['tinybase db backup /backups/monday.db', 'also while a server runs'],
    ['tinybase db backup today.db --force', 'replace the one of before'],
  ]);
};
