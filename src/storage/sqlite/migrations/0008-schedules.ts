/**
 * Functions that run by the clock. `anchor_at` is where intervals are counted from, `from_at` when
 * `next_run_at` was worked out, `attempt` how often the last run has failed.
 */
export const schedules = `
CREATE TABLE function_schedule (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  function_name TEXT NOT NULL,
  payload TEXT NOT NULL,
  schedule TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  anchor_at TEXT NOT NULL,
  from_at TEXT NOT NULL,
  last_run_at TEXT,
  next_run_at TEXT,
  last_status TEXT,
  last_call_id TEXT,
  last_skipped_at TEXT,
  attempt INTEGER NOT NULL DEFAULT 0,
  retry_at TEXT,
  rev INTEGER NOT NULL DEFAULT 1,
  created_by_user_id TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX function_schedule_due ON function_schedule (next_run_at) WHERE next_run_at IS NOT NULL;
CREATE INDEX function_schedule_retry ON function_schedule (retry_at) WHERE retry_at IS NOT NULL;
`;
