import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import type { CliServices, ImportReport } from '../open-app.ts';
import { type CliIo, formatTable, toVisible } from '../output.ts';
import { createProgress, formatCount, readFormat, STANDARD } from '../record-file.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { VERSION } from '../version.ts';

interface ImportCommandOptions extends ProjectOptions {
  readonly format?: string;
  readonly dryRun?: true;
  readonly upsertBy?: string;
  readonly partial?: true;
  readonly owner?: string;
}

const FORMATS = ['csv', 'ndjson'] as const;

export const defineRecordsImport: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('<collection>', 'name of the collection')
      .argument('<file>', 'CSV with a header, or NDJSON; - is standard input')
      .option('--format <format>', 'csv or ndjson (default: by the end of the name)')
      .option('--dry-run', 'write nothing, but say what would happen')
      .option('--upsert-by <field>', 'id or a unique field: rows that exist already are changed')
      .option('--partial', 'keep the good rows although others are faulty')
      .option('--owner <email>', 'owner of the records whose row names none'),
  );
  command.action(async (collection: string, file: string, options: ImportCommandOptions) => {
    const format = readFormat(file, options.format, FORMATS);
    const { config, dir } = openProject(io, options);
    const source = openSource(io, file);
    const app = await opener.openServices({
      config,
      dir,
      logger: createQuietLogger(io),
      version: VERSION,
    });
    const stop = createStop(io, app);
    const progress = createProgress(io.status);
    try {
      const ownerId = await findOwner(app, options.owner);
      let checked = 0;
      const report = await app.services.transfers.importRecords(
        collection,
        untilStopped(source.chunks, stop.stopped),
        {
          format,
          isDryRun: options.dryRun ?? false,
          isPartial: options.partial ?? false,
          upsertBy: options.upsertBy,
          ownerId,
          onProgress({ step, rows }) {
            stop.isWriting = step === 'write';
            if (step === 'check') checked = rows;
            if (step === 'check') progress.update('Checked', rows, source.part());
            else progress.update('Written', rows, rows / checked);
          },
        },
      );
      progress.end();
      tell(io, collection, report, options.dryRun ?? false);
    } catch (error) {
      throw stop.isStopped() ? new AppError('conflict', 'Stopped: nothing was imported.') : error;
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

interface Source {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** How much of it is read, from 0 to 1; undefined where its end is not known. */
  part(): number | undefined;
}

function openSource(io: CliIo, file: string): Source {
  if (file === STANDARD) return { chunks: io.input(), part: () => undefined };
  const path = resolve(io.cwd, file);
  const size = sizeOf(path, file);
  const stream = createReadStream(path);
  return { chunks: stream, part: () => (size === 0 ? 1 : stream.bytesRead / size) };
}

function sizeOf(path: string, shown: string): number {
  try {
    const stat = statSync(path);
    if (!stat.isDirectory()) return stat.size;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new AppError('invalid_input', `${shown} cannot be read (${code}).`, { cause: error });
  }
  throw new AppError('invalid_input', `${shown} is a folder, not a file.`);
}

async function findOwner(app: CliServices, email: string | undefined) {
  if (email === undefined) return undefined;
  const id = await app.services.users.findId(email);
  if (id === undefined) throw new AppError('not_found', `There is no account ${email}.`);
  return id;
}

/** What Ctrl-C does: the rows that are on their way are taken back. */
function createStop(io: CliIo, app: CliServices) {
  const { promise: stopped, resolve: setStopped } = Promise.withResolvers<'stopped'>();
  let isStopped = false;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= app.stop();
    return closing;
  };
  const state = { isWriting: false };
  const stopListening = io.onStop(() => {
    isStopped = true;
    setStopped('stopped');
    // Reading ends by itself; what is being written ends with the database.
    if (state.isWriting) close().catch(() => undefined);
  });
  return Object.assign(state, {
    stopped,
    isStopped: () => isStopped,
    async end(): Promise<void> {
      stopListening();
      await close();
    },
  });
}

async function* untilStopped(
  chunks: AsyncIterable<Uint8Array>,
  stopped: Promise<'stopped'>,
): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([source.next(), stopped]);
      if (next === 'stopped') throw new AppError('conflict', 'Stopped.');
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not waited for: somebody may hold a pipe open and never send anything.
    source.return?.()?.catch(() => undefined);
  }
}

function tell(io: CliIo, collection: string, report: ImportReport, isDryRun: boolean): void {
  const { created, updated, failed, errors, isRefused } = report;
  if (errors.length > 0) {
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
  io.out(
    isDryRun
      ? `Nothing was written. An import into ${collection}: ${sum}.`
      : `Imported into ${collection}: ${sum}.`,
  );
  if (failed === 0) return;
  if (isDryRun) throw new AppError('conflict', `${faulty}.`);
  io.err(`${faulty} and were left out.`);
}
