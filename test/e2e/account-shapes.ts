import { expect } from 'bun:test';
import { ADMIN } from '../support/binary.ts';
import { TIMESTAMP, UUID_V7 } from '../support/served.ts';

/** What every account of these tests signs in with, and what it changes to. */
export const PASSWORD = ADMIN.password;
export const NEXT = 'battery staple';

/** A session as it is listed. */
export const SESSION = {
  id: expect.stringMatching(UUID_V7),
  created_at: expect.stringMatching(TIMESTAMP),
  last_used_at: expect.stringMatching(TIMESTAMP),
  expires_at: expect.stringMatching(TIMESTAMP),
};

/** The header with a token that an earlier scenario has kept. */
export const bearer = (name: string) => ({ authorization: `Bearer {${name}}` });
