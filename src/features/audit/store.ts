import type { Awaitable } from '../../lib/awaitable.ts';
import type { Listing, PageWindow } from '../../lib/page.ts';
import type { AuditItem } from './schema.ts';

/** What the audit log needs from a database. Nothing in it ever changes an entry. */
export interface AuditStore {
  add(item: AuditItem): Awaitable<void>;
  /** Newest first. */
  list(filter: AuditFilter, window: PageWindow): Awaitable<Listing<AuditItem>>;
  /** Deletes entries older than this, at most so many; answers how many it were. */
  deleteBefore(at: string, limit: number): Awaitable<number>;
}

/** All of what is given has to fit. */
export interface AuditFilter {
  /** `user.delete`, or `user` for all that was done to users. */
  readonly action?: string | undefined;
  readonly actor_id?: string | undefined;
  readonly subject_type?: string | undefined;
  readonly subject_id?: string | undefined;
  /** RFC 3339, from this time on. */
  readonly created_after?: string | undefined;
  /** RFC 3339, before this time. */
  readonly created_before?: string | undefined;
  /** Part of the subject's name or of the actor's address, in any case. */
  readonly search?: string | undefined;
}
