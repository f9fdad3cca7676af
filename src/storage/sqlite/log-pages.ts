import type { Listing, PageWindow } from '../../lib/page.ts';
import type { Lanes } from './lanes.ts';

/** So many rows are sorted sooner than a page of them is found by looking at one after another. */
const FEW_ROWS = 5_000;

/** A table to whose end rows are added, one after another: its ends tell about how many they are. */
export interface LogTable {
  readonly name: string;
  readonly columns: string;
  readonly lanes: Lanes;
  /** See roughCountOf. */
  readonly countRows: () => number;
}

export interface LogConditions {
  /** Each with its values bound by number. */
  readonly conditions: readonly string[];
  readonly args: readonly string[];
  /** A range of time is asked for, which an index serves in another order than that of the pages. */
  readonly hasTime: boolean;
  /** How many of the values an index may find; undefined: every row has to be looked at. */
  readonly tests: number | undefined;
}

/** Not exact after gaps, and never too few; the ends of the table are found at once. */
export function roughCountOf(table: string): string {
  return `SELECT coalesce((SELECT max(seq) FROM ${table}) - (SELECT min(seq) FROM ${table}) + 1, 0) AS n`;
}

/** The conditions of those filters that are set; `conditionOf` says each with `?` for its value. */
export function toConditions<Name extends string>(
  filter: { readonly [Key in Name]?: string | undefined },
  names: readonly Name[],
  conditionOf: (name: Name, value: string) => string,
): Pick<LogConditions, 'conditions' | 'args'> {
  const conditions: string[] = [];
  const args: string[] = [];
  for (const name of names) {
    const value = filter[name];
    if (value === undefined) continue;
    args.push(value);
    conditions.push(conditionOf(name, value).replaceAll('?', `?${args.length}`));
  }
  return { conditions, args };
}

/** A page of a log, the newest first, and how many rows there are in all. */
export async function readLogPage<Row>(
  { name, columns, lanes, countRows }: LogTable,
  { conditions, args, hasTime, tests }: LogConditions,
  { limit, offset }: PageWindow,
): Promise<Listing<Row>> {
  const rows = countRows();
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const from = `FROM ${name} ${where}`;
  const [count] = await lanes.readAll<{ n: number }>({
    sql: `SELECT count(*) AS n ${from}`,
    args: [...args],
    rows,
  });
  const total = count?.n ?? 0;
  if (offset >= total) return { items: [], total };
  // The plus sign keeps SQLite from walking over the table in that order.
  const order = hasTime && total <= FEW_ROWS ? '+seq' : 'seq';
  const items = await lanes.read<Row>({
    sql: `SELECT ${columns} ${from} ORDER BY ${order} DESC LIMIT ? OFFSET ?`,
    args: [...args, limit, offset],
    rows,
    limit,
    offset,
    tests,
  });
  return { items, total };
}
