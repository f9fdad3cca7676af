import { AppError } from '../../core/errors.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { openSource } from '../file-source.ts';
import { createStop, untilStopped } from '../import-stop.ts';
import type { CliServices, ImportReport } from '../open-app.ts';
import { type CliIo, formatTable, toVisible } from '../output.ts';
import { createProgress, formatCount, formatOption, readFormat } from '../record-file.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { StoppedError } from '../stopped-error.ts';
import { suggestingNames } from '../suggest-name.ts';
import { VERSION } from '../version.ts';

interface ImportCommandOptions extends ProjectOptions {
  readonly format?: string;
  readonly dryRun?: true;
  readonly upsertBy?: string;
  readonly partial?: true;
  readonly owner?: string;
  readonly json?: true;
}

const FORMATS = ['csv', 'ndjson'] as const;

export const defineRecordsImport: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('<collection>', 'name of the collection')
      .argument('<file>', 'CSV with a header, or NDJSON; - is standard input')
      .addOption(formatOption(FORMATS))
      .option('--dry-run', 'write nothing, but say what would happen')
      .option('--upsert-by <field>', 'id or a unique field: rows that exist already are changed')
      .option('--partial', 'keep the good rows although others are faulty')
      .option('--owner <email>', 'owner of the records whose row names none')
      .option('--json', 'print JSON'),
  );
  command.action(async (collection: string, file: string, options: ImportCommandOptions) => {
    const format = readFormat(file, options.format, FORMATS);
    const project = openProject(io, options);
    const { config, dir } = project;
    const source = openSource(io, file);
    const app = await opener.openServices({
      config,
      dir,
      logger: createQuietLogger(io),
      version: VERSION,
      ifMissing: 'refused',
    });
    const stop = createStop(io, app);
    const progress = createProgress(io.status);
    const named = <T>(work: () => Promise<T>) =>
      suggestingNames(
        { opener, project },
        [
          { kind: 'collection', name: collection },
          { kind: 'account', name: options.owner },
        ],
        work,
      );
    try {
      const ownerId = await named(() => findOwner(app, options.owner));
      let checked = 0;
      const report = await named(() =>
        app.services.transfers.importRecords(
          collection,
          untilStopped(source.chunks(), stop.stopped),
          {
            format,
            isDryRun: options.dryRun ?? false,
            isPartial: options.partial ?? false,
            upsertBy: options.upsertBy,
            ownerId,
            onProgress({ step, rows }) {
              if (step === 'check') checked = rows;
              if (step === 'check') progress.update('Checked', rows, source.part());
              else progress.update('Written', rows, rows / checked);
            },
          },
        ),
      );
      progress.end();
      if (options.json) io.out(JSON.stringify(toJson(report), null, 2));
      tell(io, collection, report, {
        isDryRun: options.dryRun ?? false,
        isSilent: options.json ?? false,
      });
    } catch (error) {
      throw stop.isStopped() ? new StoppedError('Stopped: nothing was imported.') : error;
    } finally {
      progress.end();
      await stop.end();
    }
  });
  addExamples(command, [
    ['tinybase records import cities cities.csv', 'all rows, or none when one has a fault'],
    ['tinybase records import cities cities.csv --dry-run', 'only say what is wrong with it'],
    ['tinybase records import people people.csv --upsert-by email', 'change those that exist'],
    ['zcat cities.ndjson.gz | tinybase records import cities - --format ndjson', 'from a pipe'],
  ]);
};

async function findOwner(app: CliServices, email: string | undefined) {
  if (email === undefined) return undefined;
  const id = await app.services.users.findId(email);
  if (id === undefined) throw new AppError('not_found', `There is no account ${email}.`);
  return id;
}

function toJson({ created, updated, failed, errors, isRefused }: ImportReport) {
  return { created, updated, failed, errors, is_refused: isRefused };
}

interface Telling {
  readonly isDryRun: boolean;
  /** All of it was printed already: only how it ended is left. */
  readonly isSilent: boolean;
}

function tell(
  io: CliIo,
  collection: string,
  report: ImportReport,
  { isDryRun, isSilent }: Telling,
): void {
  const { created, updated, failed, errors, isRefused } = report;
  if (errors.length > 0 && !isSilent) {
    const rows = errors.map(({ line, loc, msg }) => [
      String(line),
      toVisible(loc.join('.')),
      toVisible(msg),
    ]);
    io.err(formatTable([['LINE', 'FIELD', 'FAULT'], ...rows]));
    if (failed > errors.length) io.err(`These are the first of ${formatCount(failed)}.`);
  }
  const faulty = `${formatCount(failed)} ${failed === 1 ? 'row has' : 'rows have'} faults`;
  if (isRefused) throw new AppError('conflict', `${faulty}: nothing was imported.`);
  const sum = `${formatCount(created)} created, ${formatCount(updated)} updated`;
  if (!isSilent)
    io.out(
      isDryRun
        ? `Nothing was written. An import into ${collection}: ${sum}.`
        : `Imported into ${collection}: ${sum}.`,
    );
  if (failed === 0) return;
  if (isDryRun) throw new AppError('conflict', `${faulty}.`);
  if (!isSilent) io.err(`${faulty} and were left out.`);
}
