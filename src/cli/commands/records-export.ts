import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import type { CliIo } from '../output.ts';
import { createProgress, formatCount, formatOption, readFormat, STANDARD } from '../record-file.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { StoppedError } from '../stopped-error.ts';
import { suggestingNames } from '../suggest-name.ts';
import { VERSION } from '../version.ts';

interface ExportCommandOptions extends ProjectOptions {
  readonly format?: string;
  readonly filter?: string;
  readonly fields?: string;
}

const FORMATS = ['csv', 'ndjson', 'json'] as const;

export const defineRecordsExport: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('<collection>', 'name of the collection')
      .argument('<file>', 'where to write; - is standard output')
      .addOption(formatOption(FORMATS))
      .option('--filter <filter>', 'only these records, such as "rating >= 3"')
      .option('--fields <fields>', 'only these fields, comma separated'),
  );
  command.action(async (collection: string, file: string, options: ExportCommandOptions) => {
    const format = readFormat(file, options.format, FORMATS);
    const project = openProject(io, options);
    const { config, dir } = project;
    const app = await opener.openServices({
      config,
      dir,
      logger: createQuietLogger(io),
      version: VERSION,
      ifMissing: 'refused',
    });
    const progress = createProgress(io.status);
    let isStopped = false;
    const stopListening = io.onStop(() => {
      isStopped = true;
    });
    try {
      const { filter, fields } = options;
      const { pieces } = await suggestingNames(
        { opener, project },
        [{ kind: 'collection', name: collection }],
        () => app.services.transfers.exportRecords(collection, { filter, fields }, format),
      );
      const target = file === STANDARD ? standardOutput(io) : await openTarget(io, file);
      let rows = 0;
      try {
        for await (const { text, records } of pieces) {
          if (isStopped) throw new StoppedError('Stopped: the export is not whole.');
          if (!(await target.write(text))) return;
          rows += records;
          progress.update('Written', rows, undefined);
        }
        await target.finish();
      } finally {
        await target.close();
      }
      progress.end();
      if (file !== STANDARD) io.out(`Wrote ${formatCount(rows)} records into ${file}.`);
    } finally {
      progress.end();
      stopListening();
      await app.stop();
    }
  });
  addExamples(command, [
    ['tinybase records export cities cities.csv', 'all of them, oldest first'],
    ['tinybase records export cities big.ndjson --filter "population > 1000000"', 'a part of them'],
    ['tinybase records export cities - --format json | jq length', 'to a pipe'],
  ]);
};

interface Target {
  /** False when nobody takes it any more. */
  write(text: string): Promise<boolean>;
  finish(): Promise<void>;
  /** Leaves nothing behind of what was not finished. */
  close(): Promise<void>;
}

function standardOutput(io: CliIo): Target {
  return { write: io.write, finish: async () => undefined, close: async () => undefined };
}

/** A file that has its name only once it is whole; what it holds is private. */
async function openTarget(io: CliIo, shown: string): Promise<Target> {
  const path = resolve(io.cwd, shown);
  const unfinished = `${path}.${randomUUID()}.part`;
  const file = await open(unfinished, 'wx', 0o600).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const reason = code === 'ENOENT' ? `: there is no folder ${dirname(shown)}` : ` (${code})`;
    throw new AppError('invalid_input', `${shown} cannot be written${reason}.`, { cause: error });
  });
  let isOpen = true;
  const end = async () => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  return {
    async write(text) {
      await file.writeFile(text);
      return true;
    },
    async finish() {
      await file.sync();
      await end();
      await rename(unfinished, path);
    },
    async close() {
      await end();
      await rm(unfinished, { force: true });
    },
  };
}
