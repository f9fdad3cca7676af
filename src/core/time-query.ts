import { parseMoment } from '../lib/rfc3339.ts';
import { invalidInput } from './errors.ts';

/** A time of the query as stored times are written: those are UTC text and compared as such. */
export function toUtc(key: string, time: string | undefined): string | undefined {
  if (time === undefined) return undefined;
  const parsed = parseMoment(time);
  if ('text' in parsed) return parsed.text;
  throw invalidInput([
    { loc: ['query', key], msg: `must be ${parsed.fault}`, type: 'value_error' },
  ]);
}
