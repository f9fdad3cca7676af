/** Lists of API tokens find them among any number of sessions. */
export const apiTokens = `
CREATE INDEX auth_token_api ON auth_token (id) WHERE kind = 'api';
`;
