import type { Actor } from '../../core/actor.ts';
import type { AuditEntry, AuditSubject, AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { toUtc } from '../../core/time-query.ts';
import { type PageWindow, toPage } from '../../lib/page.ts';
import { createRetryQueue } from '../../lib/retry-queue.ts';
import { cleanUpAudit } from './clean-up.ts';
import type { ActorVia, AuditItem, AuditPage } from './schema.ts';
import type { AuditFilter, AuditStore } from './store.ts';

export interface AuditServiceDeps {
  readonly store: AuditStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly retentionDays: number;
}

export interface AuditService extends AuditTrail {
  list(filter: AuditFilter, window: PageWindow): Promise<AuditPage>;
  /** Writes entries that could not be written when they were made; answers when that is tried. Never throws. */
  noteLate(): Promise<void>;
  /** Deletes entries that are older than they are kept; answers how many, never throws. */
  cleanUp(signal: AbortSignal): Promise<number>;
  /** From now on, what nobody asked for is the server's own doing, not that of a command. */
  serve(): void;
}

/** Longer details would make of the log a store of documents; a few hundred changes fit. */
const MAX_DETAILS_LENGTH = 50_000;

/** Of those that wait for room on the disk; beyond that an entry is in the server's log only. */
const MAX_LATE = 1_000;

export function createAuditService(deps: AuditServiceDeps): AuditService {
  const { store, clock, logger, newId, retentionDays: days } = deps;
  let systemVia: ActorVia = 'command_line';
  /** As on a full disk. */
  const late = createRetryQueue((item: AuditItem) => store.add(item), MAX_LATE);

  return {
    async note(actor, entry) {
      const item: AuditItem = {
        id: newId(),
        created_at: toTimestamp(clock.now()),
        ...describeActor(actor, systemVia),
        ...describeEntry(entry),
      };
      try {
        await store.add(item);
      } catch (error) {
        const { action, subject_id, actor_id, actor_token_id, request_id } = item;
        const outlook = late.add(item) ? '; it is tried again' : '';
        logger.error(`${action} was done and could not be noted in the audit log${outlook}`, {
          subject_id,
          actor_id,
          actor_token_id,
          request_id,
          error,
        });
      }
    },

    // Each has been told of.
    noteLate: () => late.flush().catch(() => undefined),

    async list(filter, window) {
      const range = {
        created_after: toUtc('created_after', filter.created_after),
        created_before: toUtc('created_before', filter.created_before),
      };
      return toPage(await store.list({ ...filter, ...range }, window), window);
    },

    cleanUp: (signal) => cleanUpAudit({ store, clock, logger, days, signal }),
    serve() {
      systemVia = 'server';
    },
  };
}

type Who = Pick<
  AuditItem,
  | 'actor_kind'
  | 'actor_via'
  | 'actor_id'
  | 'actor_email'
  | 'actor_token_id'
  | 'request_id'
  | 'address'
>;

function describeActor(actor: Actor, systemVia: ActorVia): Who {
  const { kind, caller } = actor;
  const nobody = { actor_id: null, actor_email: null, actor_token_id: null };
  const origin = { request_id: caller?.id ?? null, address: caller?.ip || null };
  switch (kind) {
    case 'system':
      return { actor_kind: kind, actor_via: systemVia, ...nobody, ...origin };
    case 'anonymous':
      return { actor_kind: kind, actor_via: null, ...nobody, ...origin };
    case 'user':
    case 'admin':
      return {
        actor_kind: kind,
        actor_via: actor.scopes === undefined ? 'session' : 'api_token',
        actor_id: actor.id,
        actor_email: actor.email,
        actor_token_id: actor.tokenId || null,
        ...origin,
      };
    default:
      return kind satisfies never;
  }
}

function describeEntry({ action, subject_id, subject_name, details = {} }: AuditEntry) {
  const [subject] = action.split('.');
  const isTooLong = JSON.stringify(details).length > MAX_DETAILS_LENGTH;
  return {
    action,
    subject_type: subject as AuditSubject,
    subject_id,
    subject_name,
    details: isTooLong ? { omitted: 'The details were too long to be kept.' } : details,
  };
}
