import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import { checkBackup } from './config-backup.ts';
import { collectEnvironment, type EnvSource } from './config-env.ts';
import { readTomlValues } from './config-file.ts';
import { CONFIG_FILE, type Findings } from './config-findings.ts';
import { findSetting, SETTINGS, type Setting } from './config-keys.ts';
import { describeOrigin, type Origin } from './config-origin.ts';
import type { Config } from './config-schema.ts';
import { parseText, toDatabasePath } from './config-value.ts';
import { readEnvFile } from './env-file.ts';
import { AppError } from './errors.ts';

export { CONFIG_FILE } from './config-findings.ts';
export { describeOrigin } from './config-origin.ts';
export type { Config } from './config-schema.ts';

/** A setting given on the command line. */
export interface ConfigFlag {
  readonly key: string;
  /** As it was typed: `--port`. */
  readonly flag: string;
  readonly value: string;
}

export interface ConfigSources {
  readonly flags?: readonly ConfigFlag[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder of tinybase.toml. */
  readonly dir: string;
  /** A file of variables, from the current folder; the real environment wins over it. */
  readonly envFile?: string | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Of every key that has a value. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly warnings: readonly string[];
  /** Values that do not count, as a stronger source has the key too. */
  readonly overridden: readonly { readonly key: string; readonly origin: Origin }[];
  /** The environment with what the env file adds. */
  readonly env: Readonly<Record<string, string>>;
}

/** Flags over environment over tinybase.toml over defaults; throws one AppError that names every problem. */
export function loadConfig({ flags = [], env = {}, dir, envFile }: ConfigSources): LoadedConfig {
  const findings: Findings = { values: [], problems: [], warnings: [] };
  const sources = openEnvironment(env, envFile, findings);
  readConfigFile(dir, findings);
  collectEnvironment(sources, findings);
  collectFlags(flags, findings);
  checkEnvironments(findings);
  checkMail(findings);
  checkBackup(findings);
  if (findings.problems.length > 0) throw toConfigError(findings.problems);

  const config = createDefaults();
  const origins = new Map<string, Origin>(
    SETTINGS.filter(({ schema }) => schema.default !== undefined).map(({ key }) => [
      key,
      { kind: 'default' },
    ]),
  );
  // Sources come weakest first, so a later one overwrites.
  const overridden: { key: string; origin: Origin }[] = [];
  for (const { setting, value, origin } of findings.values) {
    const before = origins.get(setting.key);
    if (before !== undefined && before.kind !== 'default')
      overridden.push({ key: setting.key, origin: before });
    put(config, setting, value);
    origins.set(setting.key, origin);
  }
  return {
    config: config as unknown as Config,
    origins,
    warnings: findings.warnings,
    overridden,
    env: Object.fromEntries([...sources].map(([name, { value }]) => [name, value])),
  };
}

/** The database's file as an absolute path, or `:memory:`. */
export function databasePath(config: Config, dir: string): string {
  return toDatabasePath(config.database.url, dir);
}

/** Replaces `${VAR}` in a setting of an environment; done when it is used, so that others need no variable. */
export function resolveVariables(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  key: string,
): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined || value === '')
      throw new AppError('invalid_input', `${key} needs the variable ${name}, which is not set.`);
    return value;
  });
}

type MutableConfig = Record<string, Record<string, unknown>>;

function createDefaults(): MutableConfig {
  const config: MutableConfig = {};
  for (const { section, name, schema } of SETTINGS) {
    config[section] ??= {};
    if (schema.default !== undefined) config[section][name] = structuredClone(schema.default);
  }
  config.environments = {};
  return config;
}

function put(config: MutableConfig, { section, name }: Setting, value: unknown): void {
  const [root, environment] = section.split('.');
  if (root === 'environments' && environment !== undefined) {
    const environments = config.environments as Record<string, Record<string, unknown>>;
    environments[environment] = { ...environments[environment], [name]: value };
  } else {
    config[section] = { ...config[section], [name]: value };
  }
}

/** An environment is of no use without an address. */
function checkEnvironments({ values, problems }: Findings): void {
  for (const { setting, origin } of values) {
    const { section } = setting;
    if (setting.name !== 'api_token' || !section.startsWith('environments.')) continue;
    const url = `${section}.url`;
    const isNamed =
      values.some((other) => other.setting.key === url) ||
      problems.some((problem) => problem.startsWith(section));
    if (!isNamed)
      problems.push(`${url} is missing beside ${setting.key} (${describeOrigin(origin)})`);
  }
}

/** A mail needs a sender, and its links an address that no request can choose. */
function checkMail({ values, problems }: Findings): void {
  const smtp = values.find(({ setting }) => setting.key === 'mail.smtp_url');
  if (!smtp) return;
  for (const key of ['mail.from', 'server.public_url']) {
    const isNamed =
      values.some(({ setting }) => setting.key === key) ||
      problems.some((problem) => problem.startsWith(key));
    if (!isNamed)
      problems.push(`${key} is missing beside mail.smtp_url (${describeOrigin(smtp.origin)})`);
  }
}

function openEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  envFile: string | undefined,
  { problems }: Findings,
): ReadonlyMap<string, EnvSource> {
  const sources = new Map<string, EnvSource>();
  if (envFile !== undefined) {
    try {
      for (const [name, { value, line }] of readEnvFile(resolve(envFile)))
        sources.set(name, { value, file: envFile, line });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      problems.push(error.message.replace(/\.$/, ''));
    }
  }
  for (const [name, value] of Object.entries(env))
    if (value !== undefined) sources.set(name, { value });
  return sources;
}

function readConfigFile(dir: string, findings: Findings): void {
  let source: string;
  try {
    source = readFileSync(join(dir, CONFIG_FILE), 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      findings.problems.push(`${CONFIG_FILE} cannot be read (${code})`);
    return;
  }
  try {
    readTomlValues(parseToml(source), source, findings);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Only its first line: the rest of the parser's message quotes the file, which may hold secrets.
    const reason = (error.message.split('\n')[0] ?? '').replace('Invalid TOML document: ', '');
    findings.problems.push(
      `${CONFIG_FILE}:${error.line}: not valid TOML at column ${error.column}: ${reason}`,
    );
  }
}

function collectFlags(flags: readonly ConfigFlag[], { values, problems }: Findings): void {
  for (const { key, flag, value: text } of flags) {
    const setting = findSetting(key);
    if (!setting) throw new Error(`No such setting: ${key}`);
    const result = parseText(setting, text);
    if (result.ok) values.push({ setting, value: result.value, origin: { kind: 'flag', flag } });
    else problems.push(`${key} (${flag}): ${result.problem}`);
  }
}

function toConfigError(problems: readonly string[]): AppError {
  const head =
    problems.length === 1
      ? 'The configuration has a mistake:'
      : `The configuration has ${problems.length} mistakes:`;
  return new AppError('invalid_input', [head, ...problems.map((text) => `  ${text}`)].join('\n'));
}
