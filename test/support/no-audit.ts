import type { AuditTrail } from '../../src/core/audit.ts';

/** For tests of what is done, not of what is noted. */
export const NO_AUDIT: AuditTrail = { note: async () => {} };
