import { isPlainObject } from '../../lib/json-value.ts';
import { ACCESS_LEVELS, type Access, type AccessRules, OPERATIONS } from '../collections/schema.ts';

/** What counted in the predecessor where nothing was said. */
const DEFAULTS: AccessRules = {
  list: 'public',
  read: 'public',
  create: 'auth',
  update: 'owner',
  delete: 'owner',
};

interface TranslatedOptions {
  readonly access: AccessRules;
  readonly notes: readonly string[];
}

/** The rules as they counted there; what would open more than was meant is closed. */
export function translateOptions(options: Readonly<Record<string, unknown>>): TranslatedOptions {
  const notes: string[] = [];
  for (const key of Object.keys(options))
    if (key !== 'access') notes.push(`the option ${show(key)} did nothing and is left out`);
  const given = isPlainObject(options.access) ? options.access : {};
  if (options.access != null && !isPlainObject(options.access))
    notes.push('the access rules were no object: the defaults counted');
  const read = (operation: keyof AccessRules): Access => {
    const level = given[operation];
    if (level == null) return DEFAULTS[operation];
    const known = ACCESS_LEVELS.find((one) => one === level);
    if (known === undefined)
      notes.push(`${operation}: ${show(level)} is no access level; admin until you choose one`);
    return known ?? 'admin';
  };
  const access = Object.fromEntries(OPERATIONS.map((name) => [name, read(name)])) as AccessRules;
  const silent = OPERATIONS.filter((name) => given[name] == null && access[name] === 'public');
  if (silent.length > 0)
    notes.push(`${silent.join(' and ')}: public, as it was there where nothing was said`);
  if (access.list === 'owner')
    notes.push("list: owner shows one's own records here; there it showed everybody's");
  return { access, notes };
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}
