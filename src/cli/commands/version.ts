import { addExamples, type DefineCommand } from '../define-command.ts';
import { readSqliteVersion } from '../sqlite-version.ts';
import { VERSION } from '../version.ts';

interface VersionOptions {
  readonly json?: true;
  readonly changes?: true;
}

export const defineVersion: DefineCommand = (command, { io, opener }) => {
  command
    .option('--json', 'print JSON')
    .option('--changes', 'print what changed, in this version and in those before')
    .action(async ({ json, changes }: VersionOptions) => {
      if (changes) {
        io.out((await import('../changes-since.ts')).CHANGELOG.trimEnd());
        return;
      }
      const versions = { tinybase: VERSION, bun: Bun.version, sqlite: await readSqliteVersion() };
      io.out(
        json
          ? JSON.stringify({ ...versions, schema_version: await opener.schemaVersion() }, null, 2)
          : `TinyBase ${versions.tinybase}\nBun ${versions.bun}\nSQLite ${versions.sqlite}`,
      );
    });
  addExamples(command, [
    ['tinybase version', 'all three versions'],
    ['tinybase version --changes', 'the changelog of this program'],
  ]);
};
