import type { NamedField } from './fields/field-type.ts';

/** Options that say nothing about which stored values are good. */
const SILENT = new Set<string>([
  'name',
  'description',
  'default',
  'unique',
  'index',
  'nullable',
  'required',
  'on_delete',
  'read',
  'write',
]);

/** True when every value that was good before is good now, so that stored ones need no look. */
export function isSameOrWider(old: NamedField, now: NamedField): boolean {
  if (old.type !== now.type) return false;
  for (const option of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (SILENT.has(option)) continue;
    const was = old[option as keyof NamedField];
    const is = now[option as keyof NamedField];
    if (JSON.stringify(was) !== JSON.stringify(is) && !isWider(option, was, is)) return false;
  }
  return true;
}

function isWider(option: string, was: unknown, is: unknown): boolean {
  if (is === undefined) return option !== 'properties' && option !== 'additional';
  if (option === 'unique_items') return is === false;
  if (was === undefined) return false;
  // Of one type, so both are numbers or both are texts that sort by time.
  if (option.startsWith('max')) return (is as number) >= (was as number);
  if (option.startsWith('min')) return (is as number) <= (was as number);
  if (option === 'enum')
    return (was as readonly unknown[]).every((value) => (is as readonly unknown[]).includes(value));
  return false;
}
