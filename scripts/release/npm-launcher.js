#!/usr/bin/env node
// The command of the npm package: starts the program that npm installed for this platform.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];

/** A Linux whose report names no glibc has musl. */
function isMusl() {
  const header = process.report?.getReport?.().header;
  return process.platform === 'linux' && header?.glibcVersionRuntime === undefined;
}

function findProgram() {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const target = `${os}-${process.arch}${isMusl() ? '-musl' : ''}`;
  const program = os === 'windows' ? 'tinybase.exe' : 'tinybase';
  try {
    return createRequire(import.meta.url).resolve(`@tinybase/${target}/${program}`);
  } catch {
    console.error(
      `TinyBase for this platform is missing: the package @tinybase/${target} is not installed.\n` +
        'npm leaves it out with --omit=optional or --no-optional, or when node_modules was copied from another\n' +
        'platform: remove node_modules and the lock file, then install again. When there is no such package,\n' +
        'TinyBase is not built for this platform.',
    );
    process.exit(1);
  }
}

const child = spawn(findProgram(), process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, TINYBASE_INSTALLED_BY: 'npm' },
});
for (const signal of SIGNALS) {
  // A terminal sends Ctrl-C to both; a second one would make the server stop at once.
  const isSentToBoth = signal === 'SIGINT' && process.stdin.isTTY === true;
  try {
    process.on(signal, () => {
      if (!isSentToBoth) child.kill(signal);
    });
  } catch {
    // Not a signal of this platform.
  }
}
child.on('error', (error) => {
  console.error(`TinyBase could not be started: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  // As a shell tells of a program that a signal has ended.
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
});
