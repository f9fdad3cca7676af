import type { Setting } from './config-keys.ts';
import type { Origin } from './config-origin.ts';

/** A value on its way into the configuration. */
export interface GivenValue {
  readonly setting: Setting;
  readonly value: unknown;
  readonly origin: Origin;
}

/** What the readers of the sources share: everything found so far, good and bad. */
export interface Findings {
  readonly values: GivenValue[];
  readonly problems: string[];
  readonly warnings: string[];
}

export const CONFIG_FILE = 'tinybase.toml';
