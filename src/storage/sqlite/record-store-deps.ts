import type { Clock } from '../../core/clock.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { ChangeLogs } from './change-log.ts';
import type { Connection } from './connection.ts';
import type { Hints } from './hints.ts';
import type { Lanes } from './lanes.ts';
import type { References } from './references.ts';
import type { Totals } from './totals.ts';
import type { Writer } from './writer.ts';

/** What the parts of a RecordStore share. */
export interface RecordStoreDeps {
  readonly connection: Connection;
  readonly changes: ChangeFeed;
  readonly logs: ChangeLogs;
  readonly totals: Totals;
  readonly lanes: Lanes;
  readonly hints: Hints;
  readonly references: References;
  readonly writer: Writer;
  readonly clock: Clock;
}
