import { findNonJson } from '../../lib/json-value.ts';
import type { SettingType } from './schema.ts';

/** What is wrong with the value of a setting, or undefined. */
export function findValueFault(type: SettingType, value: unknown): string | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? undefined : 'expected a text';
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'expected a whole number';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'expected a number';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'expected true or false';
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? undefined
        : 'expected a list of texts';
    case 'json':
      // TOML has times and infinite numbers, JSON has not.
      return findNonJson(value)?.reason;
    default:
      return type satisfies never;
  }
}
