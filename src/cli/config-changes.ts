import type { Config } from '../core/config.ts';
import { SETTINGS } from '../core/config-keys.ts';
import { showValue } from '../core/config-value.ts';

/** What differs between two configurations, one line per setting, secrets not shown. */
export function describeChanges(before: Config, after: Config): string[] {
  const changes = SETTINGS.flatMap((setting) => {
    const [old, current] = [findValue(before, setting), findValue(after, setting)];
    if (Bun.deepEquals(old, current)) return [];
    const show = (value: unknown) => (value === undefined ? 'not set' : showValue(setting, value));
    return setting.isSecret
      ? [`${setting.key} (secret)`]
      : [`${setting.key}: ${show(old)} → ${show(current)}`];
  });
  const areEqual = Bun.deepEquals(before.environments, after.environments);
  return areEqual ? changes : [...changes, 'environments'];
}

function findValue(config: Config, { section, name }: { section: string; name: string }): unknown {
  return (config as unknown as Record<string, Record<string, unknown>>)[section]?.[name];
}
