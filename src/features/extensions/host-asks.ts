import { AppError, invalidInput } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { type DbRequest, parseDbRequest } from '../../protocol/db.ts';
import { type AskOrigin, MAX_HOOK_DEPTH } from '../../protocol/extensions.ts';
import type { AskError, AskName } from '../../protocol/messages.ts';
import type { AskAnswer } from './host-process.ts';

export interface HostAsksDeps {
  /** With full rights; answers JSON text. */
  readonly db: (request: DbRequest, origin: AskOrigin) => Promise<string>;
  /** With full rights. */
  readonly callFunction: (name: string, payload: unknown, origin: AskOrigin) => Promise<AskAnswer>;
  readonly logger: Logger;
}

/** Serves ctx.db and ctx.functions of extensions. */
export function createHostAsks({ db, callFunction, logger }: HostAsksDeps) {
  async function answer(name: AskName, body: string, origin: AskOrigin): Promise<AskAnswer> {
    const request: unknown = JSON.parse(body);
    if (name === 'db') {
      const parsed = parseDbRequest(request);
      if (typeof parsed === 'string')
        throw invalidInput([{ loc: ['body'], msg: parsed, type: 'value_error' }]);
      return { json: await db(parsed, origin) };
    }
    if (origin.depth >= MAX_HOOK_DEPTH) throw tooDeep(`a call of a function`);
    const { name: called, payload } = request as { name?: unknown; payload?: unknown };
    if (typeof called !== 'string')
      throw new AppError('not_found', `There is no function ${called}.`);
    return callFunction(called, payload, origin);
  }

  return async ({ name, body, origin }: AskRequest): Promise<AskAnswer> => {
    try {
      return await answer(name, body, origin);
    } catch (error) {
      return { error: toAskError(error, logger) };
    }
  };
}

interface AskRequest {
  readonly name: AskName;
  readonly body: string;
  readonly origin: AskOrigin;
}

/** `what` would be one more in a chain of hooks that caused each other. */
export function tooDeep(what: string): AppError {
  return new AppError(
    'conflict',
    `Hooks caused each other ${MAX_HOOK_DEPTH} times before ${what}: a circle? It was refused.`,
  );
}

function toAskError(error: unknown, logger: Logger): AskError {
  if (error instanceof AppError)
    return {
      code: error.code,
      message: error.message,
      faults: error.faults ?? null,
      failure: null,
    };
  logger.error('A question of an extension broke the server', { error });
  const message = 'The server could not do this; its log says why.';
  return { code: 'internal', message, faults: null, failure: null };
}
