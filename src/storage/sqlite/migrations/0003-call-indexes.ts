/**
 * Most calls succeed, so who looks for them finds them at once: only the others have an index by
 * status. The one by time holds all that figures are made of, so that they never touch the rows.
 */
export const callIndexes = `
DROP INDEX function_call_status;
CREATE INDEX function_call_unsuccessful ON function_call (status, seq) WHERE status <> 'succeeded';
CREATE INDEX function_call_error ON function_call (error_type, seq) WHERE error_type IS NOT NULL;
CREATE INDEX function_call_trigger ON function_call (trigger_id, seq) WHERE trigger_id IS NOT NULL;
DROP INDEX function_call_started;
CREATE INDEX function_call_started ON function_call (started_at, function_name, status, duration_ms);
`;
