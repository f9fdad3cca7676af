import { type Actor, hasScope, onlyAdmins, requireFullAdmin } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import { countCodePoints } from '../../lib/code-points.ts';
import { type PageWindow, toPage } from '../../lib/page.ts';
import { parseMoment } from '../../lib/rfc3339.ts';
import type { ApiTokenBody, ApiTokenPage, MadeApiToken } from './schema.ts';
import type { Sessions } from './sessions.ts';
import type { ApiTokenRefusal, TokenStore } from './store.ts';
import { createToken, hashToken } from './tokens.ts';

const MAX_NAME_LENGTH = 100;
/** Characters that would break a line or a column wherever the name is shown. */
const UNSHOWABLE = /[\p{Cc}\p{Zl}\p{Zp}]/u;

export interface ApiTokensDeps {
  readonly tokens: Pick<TokenStore, 'addApiToken' | 'listApiTokens' | 'deleteApiToken'>;
  readonly sessions: Pick<Sessions, 'forget'>;
  readonly clock: Clock;
  readonly audit: AuditTrail;
}

/** Tokens for programs: each acts for the admin who made it, as far as its scopes go. */
export interface ApiTokens {
  create(actor: Actor, body: ApiTokenBody): Promise<MadeApiToken>;
  list(actor: Actor, window: PageWindow): Promise<ApiTokenPage>;
  delete(actor: Actor, id: string): Promise<void>;
}

export function createApiTokens({ tokens, sessions, clock, audit }: ApiTokensDeps): ApiTokens {
  return {
    async create(actor, { name, scopes, expires_at }) {
      // The scope admin holds all others, so nobody gives more than they have.
      if (actor.kind !== 'admin' || !hasScope(actor, 'admin')) throw onlyAdmins();
      const now = clock.now();
      const expiry = readExpiry(expires_at ?? null, now);
      const faults = [findNameFault(name), expiry.fault].filter((fault) => fault !== undefined);
      if (faults.length > 0) throw invalidInput(faults);
      const token = createToken();
      const id = Bun.randomUUIDv7('hex', now);
      const outcome = await tokens.addApiToken({
        id,
        userId: actor.id,
        madeWith: actor.tokenId,
        name,
        scopes,
        tokenHash: hashToken(token),
        createdAt: toTimestamp(now),
        expiresAt: expiry.at,
      });
      if (outcome !== 'added') throw refuse(outcome);
      await audit.note(actor, {
        action: 'api_token.create',
        subject_id: id,
        subject_name: name,
        details: { scopes, expires_at: expiry.at },
      });
      return { id, name, scopes, expires_at: expiry.at, token };
    },

    async list(actor, window) {
      requireFullAdmin(actor);
      return toPage(await tokens.listApiTokens(window), window);
    },

    async delete(actor, id) {
      requireFullAdmin(actor);
      const ended = await tokens.deleteApiToken(id);
      if (!ended) throw new AppError('not_found', 'There is no API token with this id.');
      sessions.forget(ended.tokenHash);
      await audit.note(actor, {
        action: 'api_token.delete',
        subject_id: id,
        subject_name: ended.name,
        details: { user_id: ended.userId },
      });
    },
  };
}

function findNameFault(name: string): Fault | undefined {
  const loc = ['body', 'name'];
  const length = countCodePoints(name);
  if (name.trim() === '') return { loc, msg: 'must not be empty', type: 'string_too_short' };
  if (length > MAX_NAME_LENGTH)
    return {
      loc,
      msg: `must have at most ${MAX_NAME_LENGTH} characters, got ${length}`,
      type: 'string_too_long',
    };
  if (UNSHOWABLE.test(name))
    return { loc, msg: 'must not hold line breaks or control characters', type: 'value_error' };
  return undefined;
}

function readExpiry(
  text: string | null,
  now: number,
): { readonly at: string | null; readonly fault?: Fault } {
  if (text === null) return { at: null };
  const loc = ['body', 'expires_at'];
  const parsed = parseMoment(text);
  if ('fault' in parsed)
    return { at: null, fault: { loc, msg: `must be ${parsed.fault}`, type: 'value_error' } };
  if (Date.parse(parsed.text) > now) return { at: parsed.text };
  return { at: null, fault: { loc, msg: 'must lie in the future', type: 'value_error' } };
}

function refuse(reason: ApiTokenRefusal): AppError {
  switch (reason) {
    case 'no_admin':
      return onlyAdmins();
    case 'outlives_maker':
      return new AppError(
        'forbidden',
        'An API token cannot make one that lasts longer than itself: give an earlier expires_at.',
      );
    default:
      return reason satisfies never;
  }
}
