/** The address that a one-time link confirms. */
export const mailTokens = `
ALTER TABLE one_time_token ADD COLUMN email TEXT;
CREATE INDEX one_time_token_user ON one_time_token (user_id);
`;
