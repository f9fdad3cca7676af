import type { LoadedConfig } from '../core/config.ts';
import { SETTINGS } from '../core/config-keys.ts';
import { findConfigValue } from '../core/config-shown.ts';
import { showValue } from '../core/config-value.ts';

/** What a server was started with. */
export type ServedConfig = Pick<LoadedConfig, 'config' | 'origins'>;

/** What differs between two configurations, one line per setting, secrets not shown. */
export function describeChanges(before: ServedConfig, after: ServedConfig): string[] {
  const changes = SETTINGS.flatMap((setting) => {
    const old = findConfigValue(before.config, setting);
    const current = findConfigValue(after.config, setting);
    if (Bun.deepEquals(old, current)) return [];
    const show = (value: unknown) => (value === undefined ? 'not set' : showValue(setting, value));
    return setting.isSecret
      ? [`${setting.key} (secret)`]
      : [`${setting.key}: ${show(old)} → ${show(current)}`];
  });
  if (!Bun.deepEquals(before.config.environments, after.config.environments))
    changes.push('environments');
  // A default that stands in the file is locked in the admin app, which also shows the line.
  const haveMoved = !Bun.deepEquals([...before.origins], [...after.origins]);
  return changes.length === 0 && haveMoved ? ['where settings are set'] : changes;
}
