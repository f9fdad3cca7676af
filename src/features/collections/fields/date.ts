import { toTimestamp } from '../../../core/clock.ts';
import { FIRST_DAY, LAST_DAY, parseDay } from '../../../lib/rfc3339.ts';
import { defineTemporal } from './temporal.ts';

export const date = defineTemporal({
  name: 'date',
  example: '2024-12-31',
  parse: parseDay,
  atMoment: (ms) => toTimestamp(ms).slice(0, FIRST_DAY.length),
  jsonSchema: { format: 'date' },
  first: FIRST_DAY,
  last: LAST_DAY,
});
