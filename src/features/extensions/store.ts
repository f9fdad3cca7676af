import type { Awaitable } from '../../lib/awaitable.ts';
import type { Listing, PageWindow } from '../../lib/page.ts';
import type { ExtensionError, ExtensionSource, SettingValues } from './schema.ts';

/** What is remembered of an extension; the folder says which there are. */
export interface StoredExtension {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly source: ExtensionSource | null;
  /** What was set, defaults left out. */
  readonly settings: SettingValues;
  readonly installedAt: string;
  readonly updatedAt: string;
}

export interface NewExtensionError extends Omit<ExtensionError, 'id'> {
  readonly extension: string;
}

/** Settings to set and others to take back, by name. */
export interface SettingsChange {
  readonly set: SettingValues;
  readonly unset: readonly string[];
}

/** What extensions need from a database. */
export interface ExtensionStore {
  list(): Awaitable<readonly StoredExtension[]>;
  find(name: string): Awaitable<StoredExtension | undefined>;
  /** Notes that it was installed. One that is known keeps its settings and whether it is to run. */
  noteInstalled(name: string, source: ExtensionSource, at: string): Awaitable<void>;
  setEnabled(name: string, isEnabled: boolean, at: string): Awaitable<void>;
  /** Changes the settings in one step; undefined, and nothing is changed, when their JSON would be too long. */
  changeSettings(
    name: string,
    change: SettingsChange,
    maxChars: number,
    at: string,
  ): Awaitable<SettingValues | undefined>;
  /** Forgets it with its settings and errors. */
  remove(name: string): Awaitable<void>;
  /** Of each extension only the newest are kept. */
  addErrors(errors: readonly NewExtensionError[], keep: number): Awaitable<void>;
  /** The newest comes first. */
  listErrors(name: string, window: PageWindow): Awaitable<Listing<ExtensionError>>;
  /** By name; those without errors are left out. */
  countErrors(): Awaitable<ReadonlyMap<string, number>>;
}
