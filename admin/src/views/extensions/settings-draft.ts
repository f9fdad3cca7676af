import type { DeclaredSetting, ExtensionSettings, Json } from '../../api/types.ts';

/** What stands in the inputs, by setting: text, or a switch. */
export type Draft = Readonly<Record<string, string | boolean>>;

export type Patch =
  | { readonly values: Readonly<Record<string, Json>>; readonly faults?: undefined }
  | { readonly values?: undefined; readonly faults: Readonly<Record<string, string>> };

/** The name of the one input for an extension that declares no settings. */
export const ALL = '';

export function toDraft({ settings, declared }: ExtensionSettings): Draft {
  if (declared.length === 0) return { [ALL]: JSON.stringify(settings, undefined, 2) };
  return Object.fromEntries(
    declared.map((setting) => [setting.name, toInput(setting, settings[setting.name])]),
  );
}

function toInput({ type, is_secret, is_set }: DeclaredSetting, value: Json = null) {
  if (type === 'boolean') return value === true;
  // The default is shown as the placeholder of an empty input.
  return is_secret || !is_set ? '' : toText(type, value);
}

/** A value as its input takes it. */
export function toText(type: DeclaredSetting['type'], value: Json): string {
  if (type === 'list') return Array.isArray(value) ? value.join('\n') : '';
  if (type === 'json') return JSON.stringify(value, undefined, 2);
  return String(value);
}

/** What is sent to bring the settings to the draft, or what is wrong with it. */
export function toPatch(stored: ExtensionSettings, draft: Draft): Patch {
  if (stored.declared.length === 0) return replaceAll(stored, String(draft[ALL] ?? ''));
  const before = toDraft(stored);
  const values: Record<string, Json> = {};
  const faults: Record<string, string> = {};
  for (const setting of stored.declared) {
    const input = draft[setting.name];
    if (input === undefined || input === before[setting.name]) continue;
    const read = fromInput(setting, input);
    if ('fault' in read) faults[setting.name] = read.fault;
    else values[setting.name] = read.value;
  }
  return Object.keys(faults).length > 0 ? { faults } : { values };
}

type Read = { readonly value: Json } | { readonly fault: string };

function fromInput({ type }: DeclaredSetting, input: string | boolean): Read {
  if (typeof input === 'boolean') return { value: input };
  // Empty goes back to the default.
  if (input.trim() === '') return { value: null };
  switch (type) {
    case 'integer':
    case 'number': {
      const value = Number(input);
      if (type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value))
        return { value };
      return { fault: type === 'integer' ? 'A whole number' : 'A number' };
    }
    case 'list':
      return { value: input.split('\n').filter((line) => line.trim() !== '') };
    case 'json':
      return readJson(input);
    default:
      return { value: input };
  }
}

function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function replaceAll({ settings }: ExtensionSettings, text: string): Patch {
  const read = readJson(text.trim() === '' ? '{}' : text);
  if ('fault' in read) return { faults: { [ALL]: read.fault } };
  const { value } = read;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { faults: { [ALL]: 'A JSON object, such as {"name": "value"}' } };
  const gone = Object.keys(settings).filter((name) => !Object.hasOwn(value, name));
  const changed = Object.entries(value).filter(
    ([name, next]) => JSON.stringify(next) !== JSON.stringify(settings[name]),
  );
  return {
    values: Object.fromEntries([...gone.map((name): [string, Json] => [name, null]), ...changed]),
  };
}
