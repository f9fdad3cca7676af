import type { Json } from '../../../api/types.ts';
import { isJsonObject } from '../../../components/fields/values.ts';
import { jsonFault } from '../../../components/ui/json-faults.ts';
import { checkFields, type Path, type SchemaFault } from './check.ts';
import { type Definition, normalize } from './definition.ts';

export interface TextFault {
  readonly msg: string;
  /** Where in the document: `fields.2.min`; empty for a fault of the JSON itself. */
  readonly place: string;
  readonly line: number;
  readonly offset: number;
}

export interface ReadText {
  readonly value?: Json;
  readonly faults: readonly TextFault[];
}

/** Parses JSON; a fault says its line. */
export function readJson(text: string): ReadText {
  try {
    const value: Json = JSON.parse(text);
    return { value, faults: [] };
  } catch (error) {
    const { offset, message } = jsonFault(text, error);
    const msg = text.trim() === '' ? 'An object such as {"fields": []} expected.' : message;
    return { faults: [{ msg, place: '', line: lineOf(text, offset), offset }] };
  }
}

export interface ReadSchema {
  /** Only when nothing is wrong. */
  readonly fields?: readonly Definition[];
  readonly faults: readonly TextFault[];
}

/** A schema as `{"fields": […]}` or the bare list of fields; `stored` are the names `was` may say. */
export function readSchemaText(text: string, stored: readonly string[] = []): ReadSchema {
  const { value, faults } = readJson(text);
  if (value === undefined) return { faults };
  return readSchema(value, text, stored);
}

export function readSchema(
  value: Json,
  text: string,
  stored: readonly string[],
  root: Path = [],
): ReadSchema {
  const isList = Array.isArray(value);
  const list = isList ? value : isJsonObject(value) ? value.fields : undefined;
  const found: SchemaFault[] = [];
  if (isJsonObject(value))
    for (const key of Object.keys(value))
      if (key !== 'fields')
        found.push({ loc: [key], msg: `${key} is not known here: a schema holds fields.` });
  if (!Array.isArray(list)) {
    found.push({ loc: [], msg: '{"fields": […]} expected.' });
    return { faults: found.map((fault) => toTextFault(fault, text, root)) };
  }
  const fields = list.map((each) => (isJsonObject(each) ? normalize(each) : each));
  const loc = isList ? [] : ['fields'];
  found.push(...checkFields(fields, loc), ...checkRenames(fields, stored, loc));
  if (found.length > 0) return { faults: found.map((fault) => toTextFault(fault, text, root)) };
  return { fields: fields.filter(isJsonObject), faults: [] };
}

function checkRenames(
  fields: readonly Json[],
  stored: readonly string[],
  loc: Path,
): SchemaFault[] {
  const seen = new Set<string>();
  return fields.flatMap((field, index) => {
    if (!isJsonObject(field) || typeof field.was !== 'string') return [];
    const { was } = field;
    const msg = !stored.includes(was)
      ? `There is no field ${was} to rename.`
      : seen.has(was)
        ? `${was} is renamed twice.`
        : '';
    seen.add(was);
    return msg === '' ? [] : [{ loc: [...loc, index, 'was'], msg }];
  });
}

export function toTextFault({ loc, msg }: SchemaFault, text: string, root: Path = []): TextFault {
  const offset = locate(text, [...root, ...loc]);
  return { msg, place: [...root, ...loc].join('.'), line: lineOf(text, offset), offset };
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Where the value at a path stands in a JSON text; of the part that exists, when not all does. */
export function locate(text: string, path: Path): number {
  let at = 0;
  const space = () => {
    while (/\s/.test(text[at] ?? '')) at += 1;
  };
  const string = (): string => {
    const start = at;
    at += 1;
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    at += 1;
    return JSON.parse(text.slice(start, at));
  };
  const skip = (): void => {
    space();
    if (text[at] === '"') return void string();
    if (text[at] !== '{' && text[at] !== '[') {
      while (at < text.length && !/[,\]}\s]/.test(text[at] ?? '')) at += 1;
      return;
    }
    let depth = 0;
    do {
      if (text[at] === '"') string();
      else {
        if (text[at] === '{' || text[at] === '[') depth += 1;
        if (text[at] === '}' || text[at] === ']') depth -= 1;
        at += 1;
      }
    } while (depth > 0 && at < text.length);
  };
  /** Goes to the entry of the object or list that begins here. */
  const enter = (step: string | number): boolean => {
    const isList = text[at] === '[';
    if (!isList && text[at] !== '{') return false;
    at += 1;
    for (let index = 0; ; index += 1) {
      space();
      if (at >= text.length || text[at] === ']' || text[at] === '}') return false;
      const start = at;
      let key: string | number = index;
      if (!isList) {
        key = string();
        space();
        at += 1;
      }
      space();
      if (key === step) {
        if (!isList) keyAt = start;
        return true;
      }
      skip();
      space();
      if (text[at] === ',') at += 1;
    }
  };
  let keyAt: number | undefined;
  try {
    space();
    let found = at;
    for (const step of path) {
      keyAt = undefined;
      const here = found;
      if (!enter(step)) return here;
      found = at;
    }
    return keyAt ?? found;
  } catch {
    return 0;
  }
}
