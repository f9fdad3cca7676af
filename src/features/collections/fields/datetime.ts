import { toTimestamp } from '../../../core/clock.ts';
import { FIRST_MOMENT, LAST_MOMENT, parseMoment } from '../../../lib/rfc3339.ts';
import { defineTemporal } from './temporal.ts';

export const datetime = defineTemporal({
  name: 'datetime',
  example: '2024-12-31T23:59:59Z',
  parse: parseMoment,
  atMoment: toTimestamp,
  // The format alone would take a leap second, and with many checkers a space for the T.
  jsonSchema: {
    format: 'date-time',
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-5][0-9]',
  },
  first: FIRST_MOMENT,
  last: LAST_MOMENT,
});
