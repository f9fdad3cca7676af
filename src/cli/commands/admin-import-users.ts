import { AppError } from '../../core/errors.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { openSource } from '../file-source.ts';
import { createStop, untilStopped } from '../import-stop.ts';
import type { UserImportReport } from '../open-app.ts';
import { type CliIo, formatTable, toVisible } from '../output.ts';
import {
  createProgress,
  findFormat,
  formatCount,
  formatOption,
  readFormat,
  STANDARD,
} from '../record-file.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { StoppedError } from '../stopped-error.ts';
import { VERSION } from '../version.ts';

interface ImportUsersOptions extends ProjectOptions {
  readonly format?: string;
  readonly dryRun?: true;
  readonly partial?: true;
  readonly allowAdmins?: true;
  readonly json?: true;
}

const FORMATS = ['csv', 'ndjson'] as const;
/** As many lines as are named in a sentence. */
const MAX_NAMED = 10;

export const defineAdminImportUsers: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument(
        '<file>',
        "CSV with a header, NDJSON, or the Python predecessor's database; - is standard input",
      )
      .addOption(formatOption(FORMATS))
      .option('--dry-run', 'write nothing, but say what would happen')
      .option('--partial', 'keep the good accounts although others are faulty')
      .option('--allow-admins', 'admins stay admins; otherwise they become users')
      .option('--json', 'print JSON'),
  );
  command.action(async (file: string, options: ImportUsersOptions) => {
    const format =
      file === STANDARD || options.format !== undefined
        ? readFormat(file, options.format, FORMATS)
        : findFormat(file, FORMATS);
    const { config, dir } = openProject(io, options);
    const source = openSource(io, file);
    const logger = createQuietLogger(io);
    const isDryRun = options.dryRun ?? false;
    const ifMissing = isDryRun ? 'imagined' : 'made';
    const app = await opener.openServices({ config, dir, logger, version: VERSION, ifMissing });
    const stop = createStop(io, app);
    const progress = createProgress(io.status);
    try {
      const report = await app.services.users.importUsers(
        {
          name: file,
          path: source.path,
          format,
          chunks: () => untilStopped(source.chunks(), stop.stopped),
        },
        {
          isDryRun,
          isPartial: options.partial ?? false,
          keepsAdmins: options.allowAdmins ?? false,
          signal: stop.signal,
          onProgress({ step, rows, total }) {
            const part = total === undefined ? source.part() : rows / Math.max(total, 1);
            progress.update(step === 'check' ? 'Checked' : 'Written', rows, part);
          },
        },
      );
      progress.end();
      if (options.json) io.out(JSON.stringify(toJson(report), null, 2));
      tell(io, report, { isDryRun, isSilent: options.json ?? false });
    } catch (error) {
      throw stop.isStopped() && !(error instanceof Told)
        ? new StoppedError('Stopped: nothing was imported.')
        : error;
    } finally {
      progress.end();
      await stop.end();
    }
  });
  addExamples(command, [
    ['tinybase admin import-users people.csv --dry-run', 'only say what is wrong with it'],
    ['tinybase admin import-users people.csv', 'all accounts, or none when one has a fault'],
    ['tinybase admin import-users ../old/tinybase.db', 'those of the Python predecessor'],
  ]);
};

/** The import is over, and it is known how. */
class Told extends AppError {}

function toJson(report: UserImportReport) {
  return {
    created: report.created,
    skipped: report.skipped,
    failed: report.failed,
    admins: report.admins,
    admins_as_users: report.adminsAsUsers,
    without_password: report.withoutPassword,
    skipped_lines: report.skippedLines,
    errors: report.errors,
    is_refused: report.isRefused,
  };
}

interface Telling {
  readonly isDryRun: boolean;
  /** All of it was printed already: only how it ended is left. */
  readonly isSilent: boolean;
}

function tell(io: CliIo, report: UserImportReport, { isDryRun, isSilent }: Telling): void {
  const { created, skipped, failed, errors, isRefused } = report;
  const say = (line: string) => (isSilent ? undefined : io.err(line));
  if (errors.length > 0) {
    const rows = errors.map(({ line, loc, msg }) => [
      String(line),
      toVisible(loc.join('.')),
      toVisible(msg),
    ]);
    say(formatTable([['LINE', 'COLUMN', 'FAULT'], ...rows]));
    if (failed > errors.length) say(`The rows above are the first of ${formatCount(failed)}.`);
  }
  const faulty = `${formatCount(failed)} ${failed === 1 ? 'row has' : 'rows have'} faults`;
  if (isRefused) throw new Told('conflict', `${faulty}: nothing was imported.`);
  if (!isSilent) {
    const sum = `${formatCount(created)} created, ${formatCount(skipped)} skipped`;
    io.out(isDryRun ? `Nothing was written. An import: ${sum}.` : `Imported accounts: ${sum}.`);
    for (const note of notesOf(report)) io.out(note);
  }
  if (failed === 0) return;
  if (isDryRun) throw new Told('conflict', `${faulty}.`);
  say(`${faulty} and were left out.`);
}

function notesOf(report: UserImportReport): string[] {
  const { admins, adminsAsUsers, withoutPassword, skippedLines, skipped } = report;
  const notes: string[] = [];
  if (skipped > 0)
    notes.push(
      `Skipped, as their address has an account: ${nameLines(skippedLines, skipped)}. Nothing of them was changed.`,
    );
  if (admins > 0) notes.push(`Admins among them: ${formatCount(admins)}.`);
  if (adminsAsUsers > 0)
    notes.push(
      `Admins in the file, users here: ${formatCount(adminsAsUsers)}. Use --allow-admins to keep them, or promote them one by one.`,
    );
  if (withoutPassword > 0)
    notes.push(
      `Without a password: ${formatCount(withoutPassword)}. They sign in once they have set one by a link.`,
    );
  return notes;
}

function nameLines(lines: readonly number[], count: number): string {
  const named = lines.slice(0, MAX_NAMED).join(', ');
  const others = count - Math.min(lines.length, MAX_NAMED);
  const what = count === 1 ? 'line' : 'lines';
  return others === 0 ? `${what} ${named}` : `${what} ${named} and ${formatCount(others)} more`;
}
