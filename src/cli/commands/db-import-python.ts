import { AppError } from '../../core/errors.ts';
import { requireAskable, requireConsent } from '../consent.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { openSource } from '../file-source.ts';
import { createStop } from '../import-stop.ts';
import type { CliIo } from '../output.ts';
import { formatPlan, showFaults, toJson } from '../python-report.ts';
import type { PythonImportReport } from '../python-types.ts';
import { createProgress, formatCount, STANDARD } from '../record-file.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { StoppedError } from '../stopped-error.ts';
import { VERSION } from '../version.ts';

interface ImportPythonOptions extends ProjectOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly loosen?: true;
  readonly partial?: true;
  readonly skipExisting?: true;
  readonly allowAdmins?: true;
  readonly json?: true;
}

const GOES_ON = 'What had come stays; the same command goes on there.';

export const defineDbImportPython: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('<file>', 'the database of a Python TinyBase, such as tinybase.db')
      .option('--dry-run', 'write nothing, but say what would happen')
      .option('--loosen', 'fields with values that do not fit become wider, so that all are kept')
      .option('--partial', 'leave out what is faulty, and bring the rest')
      .option('--skip-existing', 'leave out collections whose name is taken here')
      .option('--allow-admins', 'admins stay admins; otherwise they become users')
      .option('-y, --yes', 'do not ask')
      .option('--json', 'print JSON'),
  );
  command.addHelpText(
    'after',
    '\nBrings accounts with their passwords, collections, records, schedules, the history of calls and the\nname. All of it is checked before anything is written; then each collection comes at once or not at\nall. Broken off, the same command goes on where it was. The file itself is never changed; stop the\nserver that uses it.',
  );
  command.action(async (file: string, options: ImportPythonOptions) => {
    const isDryRun = options.dryRun ?? false;
    const isGiven = options.yes ?? false;
    if (!isDryRun && !isGiven) requireAskable(io);
    const { config, dir, origins } = openProject(io, options);
    const { path } = openSource(io, file);
    if (path === undefined)
      throw new AppError('invalid_input', `A database is a file: ${STANDARD} is none.`);
    const logger = createQuietLogger(io);
    const app = await opener.openServices({
      config,
      dir,
      origins,
      logger,
      version: VERSION,
      ifMissing: isDryRun ? 'imagined' : 'made',
    });
    const stop = createStop(io, app);
    let isWriting = false;
    const progress = createProgress(io.status);
    try {
      const report = await app.services.pythonImport.importPython(
        { path, name: file },
        {
          isDryRun,
          isPartial: options.partial ?? false,
          isLoose: options.loosen ?? false,
          skipsExisting: options.skipExisting ?? false,
          keepsAdmins: options.allowAdmins ?? false,
          signal: stop.signal,
          onProgress({ step, what, rows, total }) {
            isWriting = step === 'write';
            const part = rows / Math.max(total, 1);
            progress.update(step === 'check' ? what : `Writing ${what}`, rows, part);
          },
          async confirm(plan) {
            progress.end();
            if (isGiven) return;
            io.out(formatPlan(plan));
            await requireConsent(io, { isGiven, question: 'Bring this?' });
          },
        },
      );
      progress.end();
      if (options.json) io.out(JSON.stringify(toJson(report, isDryRun), null, 2));
      tell(io, report, { isDryRun, isSilent: options.json ?? false });
    } catch (error) {
      if (stop.isStopped()) throw new StoppedError(`Stopped. ${GOES_ON}`);
      const isBroken = isWriting && error instanceof AppError && error.code === 'unavailable';
      throw isBroken
        ? new AppError('unavailable', `${error.message} ${GOES_ON}`, { cause: error })
        : error;
    } finally {
      progress.end();
      await stop.end();
    }
  });
  addExamples(command, [
    ['tinybase db import-python ../old/tinybase.db --dry-run', 'the plan, and what is wrong'],
    ['tinybase db import-python ../old/tinybase.db --allow-admins', 'asks, then brings all of it'],
    ['tinybase db import-python ../old/tinybase.db --loosen -y', 'for scripts; keeps every value'],
  ]);
};

interface Telling {
  readonly isDryRun: boolean;
  /** All of it was printed already: only how it ended is left. */
  readonly isSilent: boolean;
}

function tell(io: CliIo, report: PythonImportReport, { isDryRun, isSilent }: Telling): void {
  const { failed, isRefused, canLoosen } = report;
  if (!isSilent) {
    if (!isRefused) io.out(formatPlan(report));
    showFaults(io, report);
  }
  const faults = `${formatCount(failed)} ${failed === 1 ? 'fault' : 'faults'}`;
  const advice = canLoosen
    ? ' --loosen keeps all values in wider fields, --partial leaves out what is faulty.'
    : ' --partial leaves out what is faulty.';
  if (isRefused) throw new AppError('conflict', `${faults}: nothing was written.${advice}`);
  if (isDryRun) {
    if (failed > 0) throw new AppError('conflict', `${faults}.${advice}`);
    if (!isSilent) io.out('\nNothing was written.');
    return;
  }
  if (!isSilent) io.out('\nBrought. Sign in with the passwords that counted there.');
  if (failed > 0 && !isSilent) io.err(`${faults}: these rows were left out.`);
}
