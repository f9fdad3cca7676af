/** When somebody was here last; it outlives their sessions, which are deleted when they end. */
export const lastSeen = `
ALTER TABLE user ADD COLUMN last_seen_at TEXT;
UPDATE user SET last_seen_at = (SELECT max(last_used_at) FROM auth_token WHERE user_id = user.id)
WHERE id IN (SELECT user_id FROM auth_token);
`;
