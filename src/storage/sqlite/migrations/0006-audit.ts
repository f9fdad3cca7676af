/**
 * Who did what. Accounts and tokens are noted by value: the entry outlives them. Each filter of the list
 * has its index; an entry written with all of them costs a fraction of its commit.
 */
export const audit = `
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  action TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_via TEXT,
  actor_id TEXT,
  actor_email TEXT,
  actor_token_id TEXT,
  subject_type TEXT NOT NULL,
  subject_id TEXT,
  subject_name TEXT,
  details TEXT NOT NULL,
  request_id TEXT,
  address TEXT
) STRICT;
CREATE INDEX audit_created ON audit (created_at);
CREATE INDEX audit_action ON audit (action, seq);
CREATE INDEX audit_actor ON audit (actor_id, seq);
CREATE INDEX audit_subject ON audit (subject_id, seq);
CREATE INDEX audit_type ON audit (subject_type, seq);
`;
