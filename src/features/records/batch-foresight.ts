import type { Scope, StoredRecord, WriteOp } from './store.ts';

/**
 * A record as the steps of a batch will leave it, for hooks, which are asked before any of them is done.
 * What a step does to other records by their references is not looked at.
 */
export function foresee(
  steps: readonly { readonly op: WriteOp }[],
  { collectionId }: Scope,
  id: string,
  stored: StoredRecord | undefined,
): StoredRecord | undefined {
  let row = stored;
  for (const { op } of steps) if (isAbout(op, collectionId, id)) row = after(op, row);
  return row;
}

function isAbout(op: WriteOp, collectionId: string, id: string): boolean {
  return op.op === 'insert'
    ? op.collectionId === collectionId && op.record.id === id
    : op.scope.collectionId === collectionId && op.id === id;
}

function after(op: WriteOp, row: StoredRecord | undefined): StoredRecord | undefined {
  switch (op.op) {
    case 'insert': {
      const { id, ownerId, data } = op.record;
      const times = { created_at: '', updated_at: '' };
      return { id, owner_id: ownerId, data: JSON.stringify(data()), rev: 1, ...times };
    }
    case 'update': {
      if (!row) return undefined;
      const data = op.change.merge(JSON.parse(row.data), row.owner_id);
      return { ...row, data: JSON.stringify(data), rev: row.rev + 1 };
    }
    case 'delete':
      return undefined;
    default:
      return op satisfies never;
  }
}
