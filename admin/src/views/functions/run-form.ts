import type { Json } from '../../api/types.ts';
import { isSame } from '../../components/fields/values.ts';
import type { FormField, FormNode } from './json-schema.ts';

/** What stands in one field of the form; which part counts depends on the kind of the node. */
export interface Draft {
  text: string;
  /** undefined: left out. */
  isOn: boolean | undefined;
  /** Place in the choices; -1: none. */
  choice: number;
  isNull: boolean;
  /** An object or a list that is sent, even when it is empty. */
  isGiven: boolean;
  items: { readonly key: number; readonly draft: Draft }[];
  fields: Record<string, Draft>;
}

/** Faults by the place, joined with dots: `items.0.name`; '' is the whole. */
export type Faults = Record<string, string>;

let lastKey = 0;

/** A field nobody has touched: with the schema's default, else empty. */
export function newDraft(node: FormNode, isRequired: boolean): Draft {
  if (node.fallback !== undefined) {
    const draft = toDraft(node, node.fallback, isRequired);
    if (draft) return draft;
  }
  return emptyDraft(node, isRequired);
}

function emptyDraft(node: FormNode, isRequired: boolean, isBare = false): Draft {
  return {
    text: '',
    isOn: isRequired ? false : undefined,
    choice: -1,
    isNull: false,
    isGiven: isRequired,
    items: [],
    fields:
      node.kind === 'object'
        ? Object.fromEntries(
            node.fields.map((field) => [
              field.name,
              isBare
                ? emptyDraft(field.node, field.isRequired, true)
                : newDraft(field.node, field.isRequired),
            ]),
          )
        : {},
  };
}

/** The fields of an object beside what stands in them. */
export function fieldsOf(
  node: FormNode & { kind: 'object' },
  draft: Draft,
): { readonly field: FormField; readonly draft: Draft }[] {
  return node.fields.flatMap((field) => {
    const own = draft.fields[field.name];
    return own ? [{ field, draft: own }] : [];
  });
}

export function addItem(node: FormNode & { kind: 'array' }, draft: Draft): void {
  lastKey += 1;
  draft.items.push({ key: lastKey, draft: newDraft(node.item, true) });
  draft.isGiven = true;
}

/** The value that a draft stands for; undefined: it is left out. What cannot be read is a fault. */
export function toValue(
  node: FormNode,
  draft: Draft,
  isRequired: boolean,
  faults: Faults,
  path = '',
): Json | undefined {
  if (draft.isNull && node.isNullable) return null;
  const text = draft.text.trim();
  switch (node.kind) {
    case 'string':
      return draft.text === '' && !isRequired ? undefined : draft.text;
    case 'number':
    case 'integer':
      if (text === '' && !isRequired) return undefined;
      return readNumber(text, node.kind, faults, path);
    case 'boolean':
      return draft.isOn;
    case 'enum': {
      const value = node.values[draft.choice];
      if (value === undefined && isRequired) faults[path] = 'Choose one of these.';
      return value;
    }
    case 'array':
      if (!isRequired && !draft.isGiven && draft.items.length === 0) return undefined;
      return draft.items.map(
        (item, index) => toValue(node.item, item.draft, true, faults, join(path, index)) ?? null,
      );
    case 'object': {
      if (!isRequired && !draft.isGiven) return undefined;
      const found: Record<string, Json> = {};
      for (const field of node.fields) {
        const own = draft.fields[field.name];
        if (!own) continue;
        const value = toValue(field.node, own, field.isRequired, faults, join(path, field.name));
        if (value !== undefined) found[field.name] = value;
      }
      return found;
    }
    case 'json':
      if (text === '' && !isRequired) return undefined;
      return readJson(text, faults, path);
  }
}

function readNumber(
  text: string,
  kind: 'number' | 'integer',
  faults: Faults,
  path: string,
): number | undefined {
  const value = Number(text);
  if (text === '') faults[path] = 'A number is expected.';
  else if (!Number.isFinite(value)) faults[path] = `A number is expected, “${text}” is not one.`;
  else if (kind === 'integer' && !Number.isInteger(value))
    faults[path] = `A whole number is expected, ${text} is not one.`;
  else return value;
  return undefined;
}

/** Parses JSON; what is wrong with it goes to the faults. */
export function readJson(text: string, faults: Faults, path = ''): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch (error) {
    faults[path] =
      text === ''
        ? 'JSON is expected: text stands in quotes, nothing is null.'
        : `This is not JSON. ${error instanceof Error ? error.message : ''}`.trim();
    return undefined;
  }
}

/** The draft that shows this value; undefined when the form has no place for a part of it. */
export function toDraft(
  node: FormNode,
  value: Json | undefined,
  isRequired: boolean,
): Draft | undefined {
  const draft = emptyDraft(node, isRequired, true);
  if (value === undefined) return isRequired && node.kind === 'boolean' ? undefined : draft;
  if (value === null && node.isNullable) return { ...draft, isNull: true };
  draft.isGiven = true;
  switch (node.kind) {
    case 'string':
      // An optional field that is empty is left out, so it cannot show "".
      if (typeof value !== 'string' || (value === '' && !isRequired)) return undefined;
      return { ...draft, text: value };
    case 'number':
    case 'integer':
      return typeof value === 'number' ? { ...draft, text: String(value) } : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? { ...draft, isOn: value } : undefined;
    case 'enum': {
      const choice = node.values.findIndex((each) => isSame(each, value));
      return choice === -1 ? undefined : { ...draft, choice };
    }
    case 'json':
      return { ...draft, text: JSON.stringify(value, null, 2) };
    case 'array': {
      if (!Array.isArray(value)) return undefined;
      for (const each of value) {
        const item = toDraft(node.item, each, true);
        if (!item) return undefined;
        lastKey += 1;
        draft.items.push({ key: lastKey, draft: item });
      }
      return draft;
    }
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
      const known = new Set(node.fields.map(({ name }) => name));
      if (Object.keys(value).some((name) => !known.has(name))) return undefined;
      for (const { name, node: inner, isRequired: isWanted } of node.fields) {
        const field = name in value ? toDraft(inner, value[name], isWanted) : undefined;
        if (name in value && !field) return undefined;
        draft.fields[name] = field ?? emptyDraft(inner, isWanted, true);
      }
      return draft;
    }
  }
}

export function join(path: string, part: string | number): string {
  return path === '' ? String(part) : `${path}.${part}`;
}

/** Whether the form shows a field for this place; a fault of any other shows above the form. */
export function hasPlace(node: FormNode, draft: Draft, path: string): boolean {
  if (path === '') return false;
  let at: { node: FormNode; draft: Draft | undefined } = { node, draft };
  for (const part of path.split('.')) {
    if (at.node.kind === 'object') {
      const field = at.node.fields.find(({ name }) => name === part);
      if (!field || (at.draft && !at.draft.isGiven)) return false;
      at = { node: field.node, draft: at.draft?.fields[part] };
    } else if (at.node.kind === 'array') {
      const item = at.draft?.items[Number(part)];
      if (!item) return false;
      at = { node: at.node.item, draft: item.draft };
    } else return false;
  }
  return true;
}

/** The faults that belong to this field or to what is inside it and has no field of its own. */
export function faultOf(faults: Faults, node: FormNode, path: string): string | undefined {
  const own = faults[path];
  if (own !== undefined || node.kind !== 'json') return own;
  const inner = Object.entries(faults).find(([key]) => key.startsWith(`${path}.`));
  return inner && `${inner[0].slice(path.length + 1)}: ${inner[1]}`;
}
