import { openDataApp, settableClock } from '../features/records/data-app.ts';
import type { StoreHarness } from './contract/harness.ts';

/** The stores on a real database, with a clock that stands still. */
export function openStore(): StoreHarness &
  Pick<ReturnType<typeof openDataApp>, 'changes' | 'db' | 'commits'> {
  const clock = settableClock();
  const { collectionStore, recordStore, changes, db, commits, close } = openDataApp({ clock });
  return {
    collections: collectionStore,
    records: recordStore,
    clock,
    changes,
    db,
    commits,
    [Symbol.dispose]: close,
  };
}
