import { findNearest } from '../lib/nearest.ts';
import { findEnvironmentSetting } from './config-file.ts';
import type { Findings, GivenValue } from './config-findings.ts';
import { findSettingOfVariable, SETTINGS, type Setting, toVariable } from './config-keys.ts';
import { describeOrigin, type Origin } from './config-origin.ts';
import { ENVIRONMENT_PROPERTIES } from './config-schema.ts';
import { parseText } from './config-value.ts';

/** A variable, and where it stands when --env-file gave it. */
export interface EnvSource {
  readonly value: string;
  readonly file?: string;
  readonly line?: number;
}

/** Read by commands; not settings. */
const OTHER_VARIABLES = [
  'TINYBASE_ADMIN_EMAIL',
  'TINYBASE_ADMIN_PASSWORD',
  'TINYBASE_TOKEN',
  'TINYBASE_DOWNLOAD_URL',
  // Set by the command of the npm package, for `update`.
  'TINYBASE_INSTALLED_BY',
];

/** Takes every setting out of the environment. An empty variable counts as not set. */
export function collectEnvironment(
  sources: ReadonlyMap<string, EnvSource>,
  { values, problems, warnings }: Findings,
): void {
  const given: (GivenValue & { readonly variable: string })[] = [];
  const fromFile = new Set(values.map(({ setting }) => setting.section));
  for (const [variable, source] of sources) {
    if (!variable.startsWith('TINYBASE_') || OTHER_VARIABLES.includes(variable)) continue;
    const setting = findSettingOfVariable(variable) ?? findEnvironment(variable, fromFile);
    if (!setting) {
      warnings.push(`${variable} is not a setting${suggest(variable)}`);
      continue;
    }
    if (source.value.trim() === '') continue;
    const origin = toOrigin(variable, source);
    const result = parseText(setting, source.value);
    if (result.ok) given.push({ setting, value: result.value, origin, variable });
    else problems.push(`${setting.key} (${describeOrigin(origin)}): ${result.problem}`);
  }
  reportConflicts(given, problems);
  values.push(...given);
}

/** Two names of one setting that say different things. */
function reportConflicts(
  given: readonly (GivenValue & { readonly variable: string })[],
  problems: string[],
): void {
  const seen = new Map<string, (typeof given)[number]>();
  for (const current of given) {
    const { key } = current.setting;
    const earlier = seen.get(key);
    seen.set(key, current);
    if (earlier && JSON.stringify(earlier.value) !== JSON.stringify(current.value))
      problems.push(
        `${key}: ${describeOrigin(earlier.origin)} and ${describeOrigin(current.origin)} say different things; set only one of them`,
      );
  }
}

function toOrigin(variable: string, { file, line }: EnvSource): Origin {
  return file === undefined || line === undefined
    ? { kind: 'variable', variable }
    : { kind: 'variable', variable, file, line };
}

/** TINYBASE_ENVIRONMENTS_NAME_URL and _API_TOKEN; a name from the toml keeps its spelling. */
function findEnvironment(variable: string, sections: ReadonlySet<string>): Setting | undefined {
  for (const property of Object.keys(ENVIRONMENT_PROPERTIES)) {
    const name = new RegExp(
      `^TINYBASE_ENVIRONMENTS_([A-Z][A-Z0-9_]*?)_${property.toUpperCase()}$`,
    ).exec(variable)?.[1];
    if (name === undefined) continue;
    const known = [...sections].find(
      (section) => toVariable(section) === `TINYBASE_ENVIRONMENTS_${name}`,
    );
    return findEnvironmentSetting(
      known?.slice('environments.'.length) ?? name.toLowerCase(),
      property,
    );
  }
  return undefined;
}

function suggest(variable: string): string {
  const known = [...SETTINGS.flatMap((setting) => setting.variables), ...OTHER_VARIABLES];
  const nearest = findNearest(variable, known);
  return nearest === undefined ? '.' : `; did you mean ${nearest}?`;
}
