import { type Fault, invalidInput } from '../../core/errors.ts';
import { suggest } from '../../lib/nearest.ts';
import type { Manifest, ManifestSetting } from './manifest.ts';
import type { ExtensionSettings, SettingValues } from './schema.ts';
import { findValueFault } from './setting-values.ts';
import type { SettingsChange } from './store.ts';

/** Of the JSON text of all settings of one extension. */
export const MAX_SETTINGS_CHARS = 64 * 1024;

/** What an extension is given: what was set, and the defaults for the rest. */
export function settingsInForce(manifest: Manifest, stored: SettingValues): SettingValues {
  if (manifest.settings.length === 0) return stored;
  return Object.fromEntries(
    manifest.settings.flatMap((setting) => {
      const value = isSet(setting, stored) ? stored[setting.name] : setting.default;
      return value === null ? [] : [[setting.name, value]];
    }),
  );
}

/** The settings as an admin sees them. What a secret is, nobody sees again. */
export function showSettings(manifest: Manifest, stored: SettingValues): ExtensionSettings {
  const secrets = new Set(manifest.settings.flatMap((each) => (each.isSecret ? [each.name] : [])));
  const inForce = Object.entries(settingsInForce(manifest, stored));
  return {
    settings: Object.fromEntries(inForce.filter(([name]) => !secrets.has(name))),
    declared: manifest.settings.map((setting) => ({
      name: setting.name,
      type: setting.type,
      description: setting.description,
      default: setting.isSecret ? null : setting.default,
      is_secret: setting.isSecret,
      is_set: isSet(setting, stored),
    })),
  };
}

/** Checks what an admin wants to set; throws with every fault. */
export function planSettings(manifest: Manifest, patch: SettingValues): SettingsChange {
  const entries = Object.entries(patch);
  const faults = manifest.settings.length === 0 ? [] : findFaults(manifest.settings, entries);
  if (faults.length > 0) throw invalidInput(faults);
  return {
    set: Object.fromEntries(entries.filter(([, value]) => value !== null)),
    unset: entries.flatMap(([name, value]) => (value === null ? [name] : [])),
  };
}

function findFaults(
  declared: readonly ManifestSetting[],
  entries: readonly (readonly [string, unknown])[],
): Fault[] {
  return entries.flatMap(([name, value]): Fault[] => {
    const setting = declared.find((each) => each.name === name);
    if (setting === undefined) {
      const names = declared.map((each) => each.name);
      const msg = `its manifest declares no such setting${suggest(name, names)}`;
      return [{ loc: ['body', name], msg, type: 'extra_forbidden' }];
    }
    const msg = value === null ? undefined : findValueFault(setting.type, value);
    return msg === undefined ? [] : [{ loc: ['body', name], msg, type: 'type_error' }];
  });
}

/** What was set for another version may not fit any more: then the default holds. */
function isSet({ name, type }: ManifestSetting, stored: SettingValues): boolean {
  return Object.hasOwn(stored, name) && findValueFault(type, stored[name]) === undefined;
}
