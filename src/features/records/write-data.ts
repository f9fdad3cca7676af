import { type Fault, invalidInput } from '../../core/errors.ts';
import { isUuidV7 } from '../../lib/ids.ts';
import { isPlainObject } from '../../lib/json-value.ts';
import type { RawData, RecordData } from '../collections/schema.ts';
import type { LiveCollection } from '../collections/service.ts';

type Loc = Fault['loc'];

export function parseBody(body: unknown, loc: Loc): RawData {
  if (isPlainObject(body)) return body;
  throw invalidInput([
    { loc, type: 'dict_type', msg: 'must be an object: the data of the record' },
  ]);
}

export function parseNew({ compiled }: LiveCollection, input: RawData, loc: Loc): RecordData {
  const faults: Fault[] = [];
  const data = compiled.parseNew(input, loc, faults);
  if (faults.length > 0) throw invalidInput(faults);
  return data;
}

export function parsePatch({ compiled }: LiveCollection, input: RawData, loc: Loc): RawData {
  const faults: Fault[] = [];
  const patch = compiled.parsePatch(input, loc, faults);
  if (faults.length > 0) throw invalidInput(faults);
  return patch;
}

/** Each named field is replaced as a whole; null takes it away. */
export function merge(
  now: LiveCollection,
  stored: RecordData,
  patch: RawData,
  loc: Loc,
): RecordData {
  const merged: Record<string, unknown> = { ...stored, ...patch };
  for (const name in patch) if (patch[name] === null) delete merged[name];
  return parseWhole(now, merged, loc);
}

export function parseWhole({ compiled }: LiveCollection, whole: RawData, loc: Loc): RecordData {
  const faults: Fault[] = [];
  const data = compiled.parseWhole(whole, loc, faults);
  if (faults.length > 0) throw invalidInput(faults);
  return data;
}

export function withoutNulls(data: RawData): RawData {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
}

export function nullsOf(data: RawData): RawData {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value === null));
}

/** What a new record would hold, as far as that is known before it is checked. */
export function withDefaults({ compiled }: LiveCollection, input: RawData): RawData {
  return { ...compiled.parseNew({}, [], []), ...input };
}

export function parseId(id: string | undefined, loc: Loc): string | undefined {
  if (id === undefined || isUuidV7(id)) return id;
  throw invalidInput([
    { loc: [...loc, 'id'], type: 'uuid_type', msg: 'must be a UUID of version 7 in lower case' },
  ]);
}
