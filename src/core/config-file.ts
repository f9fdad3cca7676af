import { findNearest } from '../lib/nearest.ts';
import { findTomlLines, toTomlPath } from '../lib/toml-lines.ts';
import { CONFIG_FILE, type Findings } from './config-findings.ts';
import { findSetting, SECTIONS, SETTINGS, type Setting, toSetting } from './config-keys.ts';
import { ENVIRONMENT_PROPERTIES } from './config-schema.ts';
import { checkValue } from './config-value.ts';

type Table = Readonly<Record<string, unknown>>;

/** Letters, digits, - and _, so that a name fits into a variable and a command. */
const ENVIRONMENT_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** Takes every value out of a parsed tinybase.toml, with its line. */
export function readTomlValues(document: Table, source: string, findings: Findings): void {
  const lines = findTomlLines(source);
  const placeOf = (...path: string[]) => `${CONFIG_FILE}:${lines.get(toTomlPath(path)) ?? 1}`;

  for (const [section, content] of Object.entries(document)) {
    const isKnown = section === 'environments' || SECTIONS.some(({ name }) => name === section);
    if (!isKnown) {
      const kind = isTable(content) ? 'section' : 'key';
      findings.problems.push(
        `${show(section)} (${placeOf(section)}): unknown ${kind}${suggest(section)}`,
      );
    } else if (!isTable(content)) {
      findings.problems.push(
        `${section} (${placeOf(section)}): expected a section such as [${section}], found ${kindOf(content)}`,
      );
    } else if (section === 'environments') readEnvironments(content);
    else readSection(section, content, (name) => findSetting(`${section}.${name}`), [section]);
  }

  function readEnvironments(environments: Table): void {
    for (const [name, content] of Object.entries(environments)) {
      const path = ['environments', name];
      const key = `environments.${show(name)}`;
      if (!ENVIRONMENT_NAME.test(name))
        findings.problems.push(
          `${key} (${placeOf(...path)}): expected a name of letters, digits, - and _`,
        );
      else if (!isTable(content))
        findings.problems.push(
          `${key} (${placeOf(...path)}): expected a section such as [${key}], found ${kindOf(content)}`,
        );
      else readSection(key, content, (property) => findEnvironmentSetting(name, property), path);
    }
  }

  function readSection(
    section: string,
    content: Table,
    find: (name: string) => Setting | undefined,
    path: readonly string[],
  ): void {
    for (const [name, value] of Object.entries(content)) {
      const place = placeOf(...path, name);
      const setting = find(name);
      if (!setting) {
        const key = `${section}.${show(name)}`;
        findings.problems.push(`${key} (${place}): unknown key${suggest(`${section}.${name}`)}`);
        continue;
      }
      const result = checkValue(setting, value);
      if (!result.ok) findings.problems.push(`${setting.key} (${place}): ${result.problem}`);
      else
        findings.values.push({
          setting,
          value: result.value,
          origin: {
            kind: 'file',
            file: CONFIG_FILE,
            line: lines.get(toTomlPath([...path, name])) ?? 1,
          },
        });
    }
  }
}

/** The setting `environments.NAME.url` or `.api_token`. */
export function findEnvironmentSetting(environment: string, property: string): Setting | undefined {
  const schema = Object.hasOwn(ENVIRONMENT_PROPERTIES, property)
    ? ENVIRONMENT_PROPERTIES[property]
    : undefined;
  return schema && toSetting(`environments.${environment}`, property, schema);
}

/** ", did you mean server.port?" or nothing. */
function suggest(key: string): string {
  const parts = key.split('.');
  const name = parts.pop() ?? key;
  const section = parts.join('.');
  const nearest =
    findNear(
      name,
      namesIn(section).map((known) => ({ name: known, key: `${section}.${known}` })),
    ) ??
    // The right name in the wrong place is likelier than a typo.
    SETTINGS.find((setting) => setting.name === name)?.key ??
    (section === ''
      ? findNearest(name, [...SECTIONS.map((known) => known.name), 'environments'])
      : undefined) ??
    findNear(name, SETTINGS);
  return nearest === undefined ? '' : `, did you mean ${nearest}?`;
}

function namesIn(section: string): string[] {
  return section.startsWith('environments.')
    ? Object.keys(ENVIRONMENT_PROPERTIES)
    : SETTINGS.filter((setting) => setting.section === section).map((setting) => setting.name);
}

function findNear(
  name: string,
  known: readonly { readonly name: string; readonly key: string }[],
): string | undefined {
  const nearest = findNearest(
    name,
    known.map((setting) => setting.name),
  );
  return known.find((setting) => setting.name === nearest)?.key;
}

function isTable(value: unknown): value is Table {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}

function kindOf(value: unknown): string {
  if (Array.isArray(value))
    return value.length > 0 && value.every(isTable) ? 'an array of tables ([[…]])' : 'a list';
  return value instanceof Date ? 'a date' : `a ${typeof value}`;
}

/** A name out of the file as a message may show it. */
function show(name: string): string {
  return /^[\w-]{1,64}$/.test(name) ? name : JSON.stringify(name).slice(0, 64);
}
