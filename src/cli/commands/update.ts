import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { download } from '../../core/download.ts';
import { AppError } from '../../core/errors.ts';
import { requireAskable, requireConsent } from '../consent.ts';
import { addExamples, addNotes, type CliContext, type DefineCommand } from '../define-command.ts';
import { type CliIo, createPaint, showPath, toVisible } from '../output.ts';
import { formatBytes, showShare } from '../record-file.ts';
import { addProjectOptions, openProject, type ProjectOptions } from '../settings.ts';
import { alone } from '../update/alone.ts';
import { askProgram } from '../update/ask-program.ts';
import {
  bringBack,
  findInstalledProgram,
  hasPrevious,
  type InstalledProgram,
  putInPlace,
  requireWritable,
} from '../update/installed-program.ts';
import { findOwnTarget } from '../update/own-target.ts';
import { openReleaseSource, type ReleaseIndex } from '../update/release-source.ts';
import { checkSum, unpackProgram } from '../update/unpack-program.ts';
import { VERSION } from '../version.ts';
import { whileRunning } from '../while-running.ts';

interface UpdateOptions extends ProjectOptions {
  readonly version?: string;
  readonly check?: true;
  readonly rollback?: true;
  readonly url?: string;
  readonly yes?: true;
  readonly json?: true;
}

const MEGABYTE = 1024 * 1024;
const DOWNLOAD = { what: 'a release', maxBytes: 256 * MEGABYTE, timeoutMs: 30 * 60_000 } as const;

export const defineUpdate: DefineCommand = (command, context) => {
  command
    .option('--check', 'only say whether there is a newer version')
    .option('--version <version>', 'this version instead of the newest', toVersion)
    .option('--rollback', 'bring back the program that the last update replaced')
    .option('--url <url>', 'where releases are (default: where this one is from)')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'with --check, print JSON');
  addProjectOptions(command);
  addNotes(
    command,
    'The archive must have the sum that the release names, and its program must start here, before it is\nput in place by one rename; the one before is kept as tinybase.previous. A server that runs goes on\nwith the old one until it is started again. TINYBASE_DOWNLOAD_URL is another name of --url.\nNothing but this command asks for new versions.',
  );
  command.action((options: UpdateOptions) =>
    options.rollback ? rollBack(options, context) : update(options, context),
  );
  addExamples(command, [
    ['tinybase update --check', 'is there a newer version?'],
    ['tinybase update', 'bring it'],
    ['tinybase update --version 1.4.2 -y', 'this version, without being asked'],
    ['tinybase update --rollback', 'back to the one before'],
  ]);
};

async function update(options: UpdateOptions, context: CliContext): Promise<void> {
  const { io } = context;
  const source = openReleaseSource(options.url ?? io.env.TINYBASE_DOWNLOAD_URL);
  if (options.check) return tellNewest(options, context);
  const installed = findInstalledProgram(io);
  requireWritable(installed);
  const isGiven = options.yes ?? false;
  if (!isGiven) requireAskable(io);
  await inWorkshop(installed, (folder) =>
    whileRunning(io, 'nothing was changed', async (signal) => {
      const index = await source.readIndex(options.version, folder, signal);
      if (isCurrent(index, options)) return io.out(`TinyBase ${VERSION} is the newest version.`);
      const archive = findArchive(index);
      const schemaOfData = await readSchemaOfData(options, context);
      requireSchema(schemaOfData, index.schema_version, index.version);
      await requireConsent(io, {
        isGiven,
        question: `Replace TinyBase ${VERSION} with ${index.version} (${index.date})?`,
      });
      const path = join(folder, archive.file);
      await download(source.addressOf(index.version, archive.file), path, {
        ...DOWNLOAD,
        signal,
        onProgress: (bytes) =>
          io.status(showShare(`${formatBytes(archive.bytes)}`, Math.min(1, bytes / archive.bytes))),
      });
      io.status('Checking');
      await checkSum(path, archive.sha256);
      const program = await unpackProgram(path, folder).catch(throwAsDiskFull(folder));
      const found = await askProgram(program, signal);
      if (found.tinybase !== index.version)
        throw new AppError(
          'conflict',
          `The archive of ${index.version} holds the program of ${toVisible(found.tinybase)}: nothing was changed.`,
        );
      requireSchema(schemaOfData, found.schema_version, index.version);
      // From here on it is done within one moment.
      signal.throwIfAborted();
      await alone(installed, context.opener, () => putInPlace(installed, program));
      io.status('');
      tellDone(io, installed, `Updated TinyBase ${VERSION} to ${index.version}`);
    }),
  );
}

async function tellNewest(options: UpdateOptions, { io }: CliContext): Promise<void> {
  const source = openReleaseSource(options.url ?? io.env.TINYBASE_DOWNLOAD_URL);
  const { tmpdir } = await import('node:os');
  const folder = await mkdtemp(join(tmpdir(), 'tinybase-update-'));
  try {
    const index = await whileRunning(io, 'nothing was changed', (signal) =>
      source.readIndex(options.version, folder, signal),
    );
    const isNewer = Bun.semver.order(index.version, VERSION) > 0;
    if (options.json)
      io.out(
        JSON.stringify(
          { current: VERSION, newest: index.version, date: index.date, is_newer: isNewer },
          null,
          2,
        ),
      );
    else if (isNewer)
      io.out(
        `TinyBase ${index.version} is there since ${toVisible(index.date)}; this is ${VERSION}. To bring it: tinybase update`,
      );
    else io.out(`TinyBase ${VERSION} is the newest version.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function rollBack(options: UpdateOptions, context: CliContext): Promise<void> {
  const { io } = context;
  const installed = findInstalledProgram(io);
  requireWritable(installed);
  if (!hasPrevious(installed))
    throw new AppError(
      'not_found',
      `There is nothing to go back to: ${installed.previous} is not there.`,
    );
  const isGiven = options.yes ?? false;
  if (!isGiven) requireAskable(io);
  const { tinybase, schema_version: schema } = await whileRunning(
    io,
    'nothing was changed',
    (signal) => askProgram(installed.previous, signal),
  );
  const shown = toVisible(tinybase);
  requireSchema(await readSchemaOfData(options, context), schema, shown);
  await requireConsent(io, { isGiven, question: `Replace TinyBase ${VERSION} with ${shown}?` });
  await inWorkshop(installed, (folder) =>
    alone(installed, context.opener, () => bringBack(installed, folder)),
  );
  tellDone(io, installed, `Went back from TinyBase ${VERSION} to ${shown}`);
}

/** A folder beside the program, so that the last step is one rename. */
async function inWorkshop<T>(
  { folder }: InstalledProgram,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const workshop = await mkdtemp(join(folder, '.tinybase-update-'));
  try {
    return await work(workshop);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

function isCurrent(index: ReleaseIndex, { version }: UpdateOptions): boolean {
  const order = Bun.semver.order(index.version, VERSION);
  // An older one is taken when it is named: whether the data allows it is looked at next.
  return version === undefined ? order <= 0 : order === 0;
}

function findArchive(index: ReleaseIndex) {
  const target = findOwnTarget();
  const archive = index.targets[target];
  if (archive !== undefined) return archive;
  throw new AppError(
    'not_found',
    `TinyBase ${index.version} has no archive for ${target}, only for ${Object.keys(index.targets).map(toVisible).join(', ')}.`,
  );
}

/** Of the project in this folder; undefined where there is none yet. */
async function readSchemaOfData(
  options: UpdateOptions,
  { io, opener }: CliContext,
): Promise<number | undefined> {
  const { config, dir } = openProject(io, options);
  return (await opener.openFacts({ config, dir })).schemaVersion();
}

function requireSchema(ofData: number | undefined, ofProgram: number, version: string): void {
  if (ofData === undefined || ofData <= ofProgram) return;
  throw new AppError(
    'conflict',
    `TinyBase ${version} is older than the database of this project and could not open it (it knows version ${ofProgram} of the tables, the database has ${ofData}): nothing was changed. Restore a backup that it made first, or name a newer version.`,
  );
}

function throwAsDiskFull(folder: string) {
  return (error: unknown): never => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new AppError(
      'unavailable',
      `The disk is full: the archive could not be unpacked in ${folder}. Nothing was changed.`,
      { cause: error },
    );
  };
}

function tellDone(io: CliIo, { path, previous }: InstalledProgram, what: string): void {
  const { green } = createPaint(io.hasColour);
  io.out(green(`${what}: ${showPath(io.cwd, path)}`));
  io.out(`The one before is ${showPath(io.cwd, previous)}: tinybase update --rollback`);
  io.out('A server that runs has to be started again.');
}

function toVersion(text: string): string {
  const version = text.replace(/^v/, '');
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version))
    throw new InvalidArgumentError('Give a version such as 1.4.2.');
  return version;
}
