import type { BeforeHook, HookEntry, HookName } from '../../protocol/extensions.ts';

/** Hooks by the extension that has them. */
export type HookLists = Readonly<Record<string, readonly HookEntry[]>>;

/** Which extensions want which events; `key` is a collection's or function's name. */
export interface HookTable {
  /** Whether anybody wants this. */
  has(hook: HookName, key: string | null): boolean;
  /** Those who want it, in the order of their names. */
  find(hook: HookName, key: string | null): readonly string[];
}

type ByFilter = Map<string | null, readonly string[]>;

const NOBODY: readonly string[] = [];

/** Asked with each write, so everything is worked out before. */
export function createHookTable(lists: HookLists): HookTable {
  const wanted = new Map<HookName, ByFilter>();
  const add = (hook: HookName, filter: string | null, name: string) => {
    const byFilter: ByFilter = wanted.get(hook) ?? new Map();
    wanted.set(hook, byFilter);
    const names = byFilter.get(filter) ?? NOBODY;
    if (!names.includes(name)) byFilter.set(filter, [...names, name].sort());
  };
  const all = Object.entries(lists).flatMap(([name, entries]) =>
    entries.map((entry) => ({ name, ...entry })),
  );
  for (const { hook, filter, name } of all) add(hook, filter, name);
  // Whoever wants everything also wants what others have a filter for.
  for (const { hook, filter, name } of all)
    if (filter === null)
      for (const other of wanted.get(hook)?.keys() ?? [])
        if (other !== null) add(hook, other, name);
  const find = (hook: HookName, key: string | null) => {
    const byFilter = wanted.get(hook);
    return byFilter?.get(key) ?? byFilter?.get(null) ?? NOBODY;
  };
  return { find, has: (hook, key) => find(hook, key).length > 0 };
}

export function namesOfHooks(entries: readonly HookEntry[]): readonly string[] {
  return [...new Set(entries.map(({ hook }) => hook))];
}

export const BEFORE = {
  create: 'before_record_create',
  update: 'before_record_update',
  delete: 'before_record_delete',
} as const satisfies Record<'create' | 'update' | 'delete', BeforeHook>;

export const AFTER = {
  create: 'on_record_create',
  update: 'on_record_update',
  delete: 'on_record_delete',
} as const satisfies Record<'create' | 'update' | 'delete', HookName>;
