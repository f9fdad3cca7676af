import { basename, isAbsolute, relative } from 'node:path';
import { findEnvironmentSetting } from './config-file.ts';
import { SETTINGS, type Setting } from './config-keys.ts';
import { describeOrigin, type Origin } from './config-origin.ts';
import { type Config, ENVIRONMENT_PROPERTIES } from './config-schema.ts';
import { maskAddress } from './config-value.ts';

/** As people may see it: of a secret only whether there is one. */
export type ShownValue = string | number | boolean | readonly string[] | null;

/** A setting with the value that counts, for the admin app and `tinybase config`. */
export interface ShownSetting {
  readonly setting: Setting;
  readonly value: ShownValue;
  /** `tinybase.toml:12`, `TINYBASE_SERVER_PORT`, `--port` or `default`. */
  readonly origin: string;
}

export type Origins = ReadonlyMap<string, Origin>;

/** Every setting, also of each environment, with secrets masked; `dir` is the project's folder. */
export function showSettings(config: Config, origins: Origins, dir: string): ShownSetting[] {
  const environments = Object.keys(config.environments).flatMap((name) =>
    Object.keys(ENVIRONMENT_PROPERTIES).flatMap(
      (property) => findEnvironmentSetting(name, property) ?? [],
    ),
  );
  return [...SETTINGS, ...environments].map((setting) => ({
    setting,
    value: toShown(setting, findConfigValue(config, setting)),
    origin: showOrigin(origins.get(setting.key) ?? { kind: 'default' }, dir),
  }));
}

/** The value of a setting, undefined when it has none. */
export function findConfigValue(
  config: Config,
  { section, name }: Pick<Setting, 'section' | 'name'>,
): unknown {
  const path = [...section.split('.'), name];
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? Reflect.get(value, part)
        : undefined,
    config,
  );
}

/** Where a value came from; a file as it lies in the project, as others need not know where that is. */
export function showOrigin(origin: Origin, dir: string): string {
  if (origin.kind !== 'variable' || origin.file === undefined) return describeOrigin(origin);
  const path = relative(dir, origin.file);
  const isInside = path !== '' && !path.startsWith('..') && !isAbsolute(path);
  return describeOrigin({ ...origin, file: isInside ? path : basename(origin.file) });
}

const show = (value: unknown) => String(maskAddress(value));

function toShown({ isSecret }: Setting, value: unknown): ShownValue {
  const isSet = value !== undefined && !(Array.isArray(value) && value.length === 0);
  if (isSecret) return isSet ? 'set' : 'not set';
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.map(show) : show(value);
}
