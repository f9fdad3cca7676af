import { ApiError } from '../../../api/client.ts';
import type { Faults } from '../../../components/fields/check.ts';

/** The place of the owner among the faults; no field can have this name. */
export const OWNER_FAULT = '$owner';

/** Faults beside their fields, from the refusal of a save; undefined when it names none. */
export function faultsOf(error: unknown, names: readonly string[]): Faults | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.status === 409) {
    // "Another record has this value of isbn already, and it must be unique."
    const name = /value of (\w+)/.exec(error.detail)?.[1];
    return name !== undefined && names.includes(name) ? { [name]: error.detail } : undefined;
  }
  if (error.faults.length === 0) return undefined;
  const found: Record<string, string> = {};
  for (const { loc, msg, type } of error.faults) {
    const [where, ...rest] = loc;
    const path = where === 'query' ? OWNER_FAULT : rest.join('.');
    found[path] ??= type === 'missing' ? 'Required.' : sentence(msg);
  }
  return found;
}

/** "must be at least 0" → "Must be at least 0." */
function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(start) ? start : `${start}.`;
}
