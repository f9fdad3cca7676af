import { MAX_SHOWN_FAULTS } from '../../lib/first-faults.ts';

/** What is wrong with a row of the file: which, where in it, and what. */
export interface TableFault {
  readonly table: string;
  readonly id: string;
  readonly field: string;
  readonly msg: string;
}

/** How a collection stands to this database. */
export type CollectionState =
  | 'new'
  /** An import made it and was broken off before its records came. */
  | 'unfinished'
  /** An earlier import brought it. */
  | 'imported'
  /** There is another one of its name, which is left as it is. */
  | 'skipped'
  /** It has faults. */
  | 'left_out';

export interface CollectionReport {
  /** Its name here. */
  readonly name: string;
  /** Its name there. */
  readonly was: string;
  readonly state: CollectionState;
  /** As many as the file holds. */
  readonly records: number;
  /** Brought, or to be brought. */
  readonly created: number;
  readonly failed: number;
  readonly notes: readonly string[];
}

export interface UsersReport {
  readonly total: number;
  readonly created: number;
  /** Their address has an account here. */
  readonly skipped: number;
  readonly admins: number;
  readonly adminsAsUsers: number;
  readonly failed: number;
}

export interface SchedulesReport {
  readonly total: number;
  readonly created: number;
  readonly notes: readonly string[];
}

export interface CallsReport {
  readonly total: number;
  readonly created: number;
}

export interface PythonImportReport {
  readonly users: UsersReport;
  readonly collections: readonly CollectionReport[];
  readonly schedules: SchedulesReport;
  readonly calls: CallsReport;
  readonly settings: readonly string[];
  /** What cannot be moved, in words. */
  readonly notes: readonly string[];
  readonly failed: number;
  /** The first hundred. */
  readonly faults: readonly TableFault[];
  /** Some of the faults would go with wider fields. */
  readonly canLoosen: boolean;
}

/** Counts faults and keeps the first of them. */
export interface FaultList {
  add(fault: TableFault): void;
  addAll(other: FaultList): void;
  count(): number;
  list(): readonly TableFault[];
}

export function createFaultList(): FaultList {
  const list: TableFault[] = [];
  let count = 0;
  return {
    add(fault) {
      count++;
      if (list.length < MAX_SHOWN_FAULTS) list.push(fault);
    },
    addAll(other) {
      count += other.count();
      list.push(...other.list().slice(0, MAX_SHOWN_FAULTS - list.length));
    },
    count: () => count,
    list: () => list,
  };
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
