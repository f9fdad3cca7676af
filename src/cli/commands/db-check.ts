import type { DatabaseReport, Finding } from '../../core/database-check.ts';
import { AppError } from '../../core/errors.ts';
import { CHECK_ADVICE } from '../check-advice.ts';
import { addExamples, addNotes, type DefineCommand } from '../define-command.ts';
import { type CliIo, formatTable, showPath, toVisible } from '../output.ts';
import { formatCount } from '../record-file.ts';
import { addProjectOptions, openProject, type ProjectOptions } from '../settings.ts';
import { whileRunning } from '../while-running.ts';

interface CheckOptions extends ProjectOptions {
  readonly json?: true;
}

export const defineDbCheck: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--json', 'print JSON'));
  addNotes(
    command,
    'Looks at the file, the system tables, the table of each collection, and every record. Changes\nnothing; a server may run meanwhile. Exits 1 when it finds something.',
  );
  command.action(async (options: CheckOptions) => {
    const { config, dir } = openProject(io, options);
    const database = await opener.openDatabaseFile({ config, dir });
    const shown = showPath(io.cwd, database.path);
    const report = await whileRunning(io, 'the check is not whole', (signal) =>
      database.check({
        signal,
        onProgress: ({ step, records }) =>
          io.status(`Checking ${step}, ${formatCount(records)} records so far`),
      }),
    );
    const { findings, isCutShort } = report;
    if (options.json) printJson(io, database.path, report);
    else if (findings.length > 0) print(io, findings);
    if (findings.length > 0) {
      const count = isCutShort
        ? `the first ${findings.length} findings`
        : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
      throw new AppError('conflict', `${shown} is not as it should be: ${count}.`);
    }
    if (!options.json)
      io.out(
        `${shown} is whole: ${count(report.collections, 'collection')}, ${count(report.records, 'record')}.`,
      );
  });
  addExamples(command, [
    ['tinybase db check', 'also while a server runs'],
    ['tinybase db check --json', 'for programs'],
  ]);
};

function printJson(io: CliIo, database: string, report: DatabaseReport): void {
  const { schemaVersion, collections, records, findings, isCutShort } = report;
  const shown = {
    database,
    is_whole: findings.length === 0,
    schema_version: schemaVersion,
    collections,
    records,
    findings,
    is_cut_short: isCutShort,
  };
  io.out(JSON.stringify(shown, null, 2));
}

function print(io: CliIo, findings: readonly Finding[]): void {
  const rows = findings.map(({ kind, collection, id, field, message }) => [
    kind,
    toVisible([collection, id].filter(Boolean).join(' ')),
    toVisible(field ?? ''),
    toVisible(message),
  ]);
  io.out(formatTable([['KIND', 'WHERE', 'FIELD', 'WHAT'], ...rows]));
  io.out('');
  for (const kind of new Set(findings.map((finding) => finding.kind)))
    io.out(`${kind}: ${CHECK_ADVICE[kind]}`);
}

function count(many: number, what: string): string {
  return `${formatCount(many)} ${what}${many === 1 ? '' : 's'}`;
}
