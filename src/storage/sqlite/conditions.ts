import type { Filter } from '../../features/records/store.ts';
import { columnOf } from './sql.ts';

/** The parts of a filter that must all hold, however they are nested. */
export function conjunctsOf(filter: Filter): readonly Filter[] {
  if (filter.op === 'all') return [];
  return filter.op === 'and' ? filter.filters.flatMap(conjunctsOf) : [filter];
}

/** What one part says about a column that an index may stand on; undefined when it says anything else. */
export interface ColumnTest {
  readonly column: string;
  readonly relation: '=' | '<' | '<=' | '>' | '>=' | 'in';
  readonly value?: string | number | boolean | null;
}

export function toColumnTest(filter: Filter): ColumnTest | undefined {
  switch (filter.op) {
    case 'owner':
      return { column: 'owner_id', relation: '=', value: filter.id };
    case 'equals':
    case 'compare': {
      if (filter.key.kind === 'path') return undefined;
      const relation = filter.op === 'equals' ? '=' : filter.relation;
      return { column: columnOf(filter.key), relation, value: filter.value };
    }
    case 'in':
      return filter.key.kind === 'path'
        ? undefined
        : { column: columnOf(filter.key), relation: 'in' };
    case 'all':
    case 'none':
    case 'and':
    case 'or':
    case 'not':
    case 'contains':
    case 'holds':
      return undefined;
    default:
      return filter satisfies never;
  }
}

/**
 * How many tests an index would have to answer so that no row is looked at in vain; undefined when one
 * of them is of a kind that none can.
 */
export function countTests(conjuncts: readonly Filter[]): number | undefined {
  return conjuncts.every((part) => part.op === 'none' || toColumnTest(part))
    ? conjuncts.filter(({ op }) => op !== 'none').length
    : undefined;
}
