import type { Fault } from '../../../core/errors.ts';
import type { Origin } from '../../../core/origin.ts';
import type { LiveCollection } from '../../collections/service.ts';
import type { RecordHooks } from '../events.ts';
import { tellRefusal } from '../record-errors.ts';
import type { ImportFault } from '../store.ts';
import type { FileRow } from './file-row.ts';
import type { RowCheck } from './row-check.ts';

export interface RowHooksOptions {
  readonly hooks: RecordHooks;
  readonly live: LiveCollection;
  readonly check: RowCheck;
  readonly newId: () => string;
  readonly origin: Origin;
  /** Whether whoever imports may read whatever a hook throws. */
  readonly seesAll: boolean;
}

/** A row as hooks left it, or what they have against it. */
export type ShownRow = FileRow | readonly ImportFault[];

/** So many rows of a file are with the hooks at once. */
const AT_ONCE = 64;

/** Shows rows to hooks before they are checked, as new records; answers in the order of the rows. */
export function createRowHooks({ hooks, live, check, newId, origin, seesAll }: RowHooksOptions) {
  const { compiled, collection } = live;

  async function show(row: FileRow): Promise<ShownRow> {
    const id = typeof row.id === 'string' ? row.id : newId();
    const defaults = row.isWhole ? {} : compiled.parseNew({}, [], []);
    const data = { ...defaults, ...row.data };
    const answer = await hooks.before(
      { op: 'create', collection: collection.name, id, data },
      origin,
    );
    if (answer.kind === 'passed') return { ...row, id, data: answer.data };
    // A hook that stumbles over what is no good anyway: what is wrong with that helps more.
    const faults: Fault[] = [];
    if (answer.status === null) compiled.parsePatch(row.data, [], faults);
    if (faults.length === 0)
      return [{ line: row.line, loc: [], msg: tellRefusal(answer, seesAll) }];
    return faults.map(({ loc, msg }) => ({ line: row.line, loc, msg }));
  }

  return async (rows: readonly FileRow[]): Promise<readonly ShownRow[]> => {
    const shown: ShownRow[] = [];
    for (let start = 0; start < rows.length; start += AT_ONCE) {
      const some = rows.slice(start, start + AT_ONCE);
      // What the caller may not write is theirs to leave out; what hooks add is not.
      for (const { data } of some) check.requireWritable(Object.keys(data));
      shown.push(...(await Promise.all(some.map(show))));
    }
    return shown;
  };
}
