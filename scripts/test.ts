// Runs every test: in memory, against the compiled binary, and in Chromium.
// Usage: bun scripts/test.ts [PART OF A FILE NAME…] [--verbose] [--raise-floor]
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build, isBinaryStale } from './build.ts';
import { runCommand } from './support/command.ts';
import { listFiles } from './support/content-hash.ts';
import { inRoot, ROOT } from './support/paths.ts';
import { compareWithFloor, readFloor, writeFloor } from './test/floor.ts';
import {
  parseFailLine,
  parseJunit,
  parseStrayErrors,
  type TestCounts,
  type TestFailure,
} from './test/junit.ts';
import { ensureTestPrograms, hasChromium, readTestNames } from './test/programs.ts';

/** More skipped tests than this hide something. */
const MOST_SKIPPED = 5;
/** Of what is told once more of each test that failed. */
const MOST_LINES = 20;
/** Bun's own limit of 5 s is a race that a slow machine loses; this one only ends what hangs. */
const HANG_MS = 600_000;

const SUITES = ['unit', 'e2e', 'browser'] as const;
type Suite = (typeof SUITES)[number];

/** Test files at a time. */
const AT_ONCE = Math.min(availableParallelism(), 4);
/** The first line of a file that measures, and so wants the machine for itself. */
const RUNS_ALONE = /^\/\/ Runs alone\b/;

interface Tally {
  passed: number;
  failed: number;
  /** By name; told once more at the end, where whoever sees only that part of a log looks. */
  readonly failures: TestFailure[];
  /** What was skipped, by name. */
  readonly skipped: string[];
  /** Why the run fails although no test did. */
  readonly complaints: string[];
  readonly found: Partial<Record<Suite, number>>;
}

function suiteOf(file: string): Suite {
  if (/^test\/(e2e|release)\//.test(file)) return 'e2e';
  return file.startsWith('test/browser/') ? 'browser' : 'unit';
}

function findTestFiles(filters: readonly string[]): Record<Suite, string[]> {
  const files: Record<Suite, string[]> = { unit: [], e2e: [], browser: [] };
  for (const path of listFiles(inRoot('test'))) {
    const file = relative(ROOT, path).replaceAll('\\', '/');
    if (!/\.test\.ts$/.test(file) || file.startsWith('test/fixtures/')) continue;
    if (filters.length > 0 && !filters.some((filter) => file.includes(filter))) continue;
    // Run by the release workflow, which names them.
    if (filters.length === 0 && file.startsWith('test/release/')) continue;
    files[suiteOf(file)].push(file);
  }
  return files;
}

/** First what may run side by side, then each of the others alone. */
async function runSuite(suite: Suite, files: readonly string[], verbose: boolean) {
  const isAlone = (file: string) => RUNS_ALONE.test(readFileSync(inRoot(file), 'utf8'));
  console.log(`\n— ${suite}: ${files.length} files`);
  const lanes = [
    { name: suite, files: files.filter((file) => !isAlone(file)), atOnce: AT_ONCE },
    { name: `${suite}-alone`, files: files.filter(isAlone), atOnce: 1 },
  ];
  const sum = { passed: 0, failed: 0, seconds: 0 };
  const failures: TestFailure[] = [];
  const skippedNames: string[] = [];
  for (const lane of lanes) {
    if (lane.files.length === 0) continue;
    const counts = await runFiles(lane.name, lane.files, lane.atOnce, verbose);
    sum.passed += counts.passed;
    sum.failed += counts.failed;
    sum.seconds += counts.seconds;
    failures.push(...counts.failures);
    skippedNames.push(...counts.skippedNames);
  }
  return { ...sum, failures, skippedNames };
}

async function runFiles(name: string, files: readonly string[], atOnce: number, verbose: boolean) {
  const report = inRoot('build', 'test', `${name}.xml`);
  mkdirSync(inRoot('build', 'test'), { recursive: true });
  rmSync(report, { force: true });
  // A folder for everything that tests leave behind. Others may look in: some tests run as nobody.
  const temporary = mkdtempSync(join(tmpdir(), 'tinybase-tests-'));
  chmodSync(temporary, 0o755);
  const result = await runCommand(
    [
      process.execPath,
      'test',
      '--no-orphans',
      `--timeout=${HANG_MS}`,
      // A file of its own world each, as side by side: a page of one is none of the next.
      atOnce > 1 ? `--parallel=${atOnce}` : '--isolate',
      '--reporter=junit',
      `--reporter-outfile=${report}`,
      ...(verbose ? [] : ['--only-failures']),
      ...files.map((file) => `./${file}`),
    ],
    { echo: true, env: { TMPDIR: temporary } },
  );
  rmSync(temporary, { recursive: true, force: true });
  const counts: TestCounts = existsSync(report)
    ? parseJunit(readFileSync(report, 'utf8'))
    : { passed: 0, failed: 0, failures: [], skippedNames: [] };
  const failed = Math.max(counts.failed, parseFailLine(result.output), result.code === 0 ? 0 : 1);
  const failures = [...counts.failures, ...parseStrayErrors(result.output)];
  return { ...counts, failures, failed, seconds: result.seconds };
}

async function runAndTally(
  suite: Suite,
  files: readonly string[],
  tally: Tally,
  verbose: boolean,
): Promise<void> {
  const counts = await runSuite(suite, files, verbose);
  tally.passed += counts.passed;
  tally.failed += counts.failed;
  tally.skipped.push(...counts.skippedNames);
  tally.found[suite] = counts.passed + counts.failed + counts.skippedNames.length;
  console.log(
    `— ${suite}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skippedNames.length} skipped in ${counts.seconds.toFixed(1)} s`,
  );
  tally.failures.push(...counts.failures);
  if (counts.passed + counts.failed === 0) {
    tally.complaints.push(`The ${suite} suite ran no test at all.`);
  }
}

/** One skip for the whole suite, naming what is not proven here. */
function skipBrowser(files: readonly string[], tally: Tally): void {
  const names = files.flatMap((file) => readTestNames(readFileSync(inRoot(file), 'utf8')));
  const line = `browser suite (Chromium is not installed): ${names.join('; ')}`;
  tally.skipped.push(line);
}

async function main(args: readonly string[]): Promise<number> {
  const filters = args.filter((arg) => !arg.startsWith('--'));
  const verbose = args.includes('--verbose');
  const files = findTestFiles(filters);
  const tally: Tally = {
    passed: 0,
    failed: 0,
    failures: [],
    skipped: [],
    complaints: [],
    found: {},
  };

  if (files.e2e.length + files.browser.length > 0) {
    if (isBinaryStale()) {
      console.log('Building the binary: something that it is made of changed.');
      await build();
    }
    await ensureTestPrograms({
      chromium: files.browser.length > 0,
      e2e: files.e2e.length > 0,
    });
  }
  for (const suite of SUITES) {
    if (files[suite].length === 0) {
      if (filters.length === 0) tally.complaints.push(`The ${suite} suite has no test file.`);
    } else if (suite === 'browser' && !hasChromium()) {
      skipBrowser(files[suite], tally);
    } else {
      await runAndTally(suite, files[suite], tally, verbose);
    }
  }
  if (filters.length > 0 && tally.passed + tally.failed === 0) {
    tally.complaints.push(`No test file matches ${filters.join(' or ')}.`);
  }
  if (filters.length === 0) keepFloor(tally, args.includes('--raise-floor'));
  return closeRun(tally);
}

function keepFloor(tally: Tally, raise: boolean): void {
  const floor = readFloor();
  if (raise) {
    const raised = { ...floor };
    for (const [suite, found] of Object.entries(tally.found)) {
      raised[suite] = Math.max(found, raised[suite] ?? 0);
    }
    writeFloor(raised);
  }
  for (const [suite, found] of Object.entries(tally.found)) {
    const complaint = compareWithFloor(suite, found, floor);
    if (complaint !== undefined) tally.complaints.push(complaint);
    else if (!raise && found > (floor[suite] ?? 0)) {
      console.log(
        `The ${suite} suite has ${found} tests, test/counts.json says ${floor[suite] ?? 0}: npm test -- --raise-floor records them.`,
      );
    }
  }
}

function describeFailure({ name, why }: TestFailure): string {
  const lines = why.split('\n').slice(0, MOST_LINES);
  return [`  ${name}`, ...lines.map((line) => `    ${line}`)].join('\n');
}

function closeRun(tally: Tally): number {
  if (tally.skipped.length > 0) {
    console.log(`\nSkipped:\n${tally.skipped.map((name) => `  ${name}`).join('\n')}`);
  }
  if (tally.failures.length > 0)
    console.log(`\nFailed:\n${tally.failures.map(describeFailure).join('\n')}`);
  if (tally.skipped.length > MOST_SKIPPED) {
    tally.complaints.push(
      `${tally.skipped.length} tests were skipped; more than ${MOST_SKIPPED} is a failure.`,
    );
  }
  for (const complaint of tally.complaints) console.log(`\nFAIL: ${complaint}`);
  const failed = tally.failed + tally.complaints.length;
  console.log(`\n${tally.passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('\n0 passed, 1 failed');
  process.exitCode = 1;
}
