const HEAD = `import { readdirSync, readFileSync, readlinkSync } from 'node:fs';\nimport { FunctionError, register, t } from 'tinybase';\n`;

function source(options: string, body: string): string {
  return `${HEAD}
export default register({ auth: 'public', input: t.Any(), output: t.Any(), ${options} }, async (ctx, payload) => {
  ${body}
});
`;
}

/** What the tests of the root folder call, beside the functions of fixtures.ts. */
export const ROOT_FUNCTIONS = {
  'functions/spins_briefly.ts': source('timeout_seconds: 1', 'for (;;);'),
  'functions/grows_in_bits.ts': source(
    'timeout_seconds: 300',
    'const kept = []; for (;;) kept.push({ text: "x".repeat(100) + kept.length });',
  ),
  'functions/floods.ts': source(
    '',
    `const line = 'x'.repeat(1_000);
  for (let n = 0; n < 20_000; n++) console.log(line);
  process.stdout.write((line + '\\n').repeat(20_000));
  return 'flooded';`,
  ),
  /** A child that would live on, of a call that ends its worker. */
  'functions/leaves_child.ts': source(
    '',
    `const env = { BUN_BE_BUN: '1' };
  const child = Bun.spawn([process.execPath, '-e', 'setInterval(() => {}, 1_000)'], { env, detached: true });
  await Bun.sleep(100);
  if (child.exitCode !== null) return 'it ended by itself';
  process.exit(3);`,
  ),
  'functions/spies.ts': source(
    '',
    `const told = (read) => { try { return String(read()).slice(0, 2_000); } catch (error) { return error.code; } };
  const server = '/proc/' + process.ppid;
  const { openSync } = await import('node:fs');
  return {
    pid: process.ppid,
    command: readFileSync(server + '/cmdline', 'utf8').split('\\0').slice(0, 2),
    environ: told(() => readFileSync(server + '/environ', 'utf8')),
    mem: told(() => openSync(server + '/mem', 'r')),
    maps: told(() => readFileSync(server + '/maps', 'utf8')),
    fd: told(() => readdirSync(server + '/fd')),
    root: told(() => readlinkSync(server + '/root')),
  };`,
  ),
  'functions/describes_itself.ts': source(
    '',
    `const limit = (name) => readFileSync('/proc/self/limits', 'utf8').split('\\n').find((line) => line.startsWith(name)).slice(26).trim().split(/ +/)[0];
  return {
    uid: process.getuid(),
    env: process.env,
    own_environ: readFileSync('/proc/self/environ', 'utf8').split('\\0').map((entry) => entry.split('=')[0]).filter(Boolean),
    data_limit: limit('Max data size'),
    core_limit: limit('Max core file size'),
    programs: readdirSync('/').filter((name) => /bin/.test(name)),
    date: new Date('2030-07-01T12:00:00Z').toString(),
  };`,
  ),
  'functions/tells_time.ts': source(
    '',
    `const at = new Date('2030-07-01T12:00:00Z');
  const show = (locale, timeZone) => new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'full', timeStyle: 'short' }).format(at);
  return [show('de', 'Europe/Berlin'), show('en', 'Asia/Tokyo'), show('fr', 'America/St_Johns')];`,
  ),
} as const;

/** Uses the package that packGreeting makes. */
export const GREETS = `import { register } from 'tinybase';
import { greet } from 'greeting';
register({ name: 'greets', auth: 'public' }, () => greet('Ann'));
`;

export const ZOD = `import { register } from 'tinybase';
import { z } from 'zod';
register(
  { auth: 'public', input: z.object({ email: z.email() }) },
  (_ctx, { email }) => email.split('@')[0].toUpperCase(),
);
`;

export const FETCHES = source('', 'return (await fetch(payload.url)).status;');

/** Answers with a word. */
export function saying(word: string): string {
  return source('', `return ${JSON.stringify(word)};`);
}
