import { basename, extname } from 'node:path';
import type { Config } from '../core/config.ts';
import { AppError } from '../core/errors.ts';
import { suggest } from '../lib/nearest.ts';
import { toRefusal } from './call-refusal.ts';
import type { ShownCall } from './call-result.ts';
import type { AppOpener, CallEnd, CliApp } from './open-app.ts';
import type { CliIo } from './output.ts';
import { createSilentLogger } from './settings.ts';
import { withApp } from './with-app.ts';

export interface InProcessCall {
  readonly io: CliIo;
  readonly opener: AppOpener;
  readonly config: Config;
  readonly dir: string;
  readonly name: string;
  readonly payload: unknown;
  /** Of the account to call as; full rights when left out. */
  readonly email: string | undefined;
}

/** Calls a function in workers of this very process, beside a running server or without one. */
export async function callInProcess(call: InProcessCall): Promise<ShownCall> {
  const { io, opener, config, dir, name, payload, email } = call;
  return withApp(
    opener,
    { config, dir, logger: createSilentLogger(io), ifMissing: 'made' },
    async (app) => {
      try {
        await requireFunction(app, name);
        return toShown(await app.services.functions.call(name, payload, email));
      } catch (error) {
        throw toRefusal(error, name);
      }
    },
  );
}

/** Throws what keeps a function from being there: its file does not load, or the name is mistyped. */
async function requireFunction(app: CliApp, name: string): Promise<void> {
  const known = (await app.services.functions.list()).map((row) => row.name);
  if (known.includes(name)) return;
  const faults = await app.services.functions.loadErrors();
  const own = faults.filter(({ file }) => basename(file, extname(file)) === name);
  const shown = (own.length > 0 ? own : faults).map(
    ({ file, line, message }) =>
      `${file}${line === null ? '' : `:${line}`} does not load: ${message}`,
  );
  if (own.length > 0) throw new AppError('not_found', shown.join('\n'));
  const hint = known.length === 0 ? '; there are none.' : suggest(name, known) || '.';
  throw new AppError('not_found', [`There is no function ${name}${hint}`, ...shown].join('\n'));
}

function toShown(end: CallEnd): ShownCall {
  const { callId: call_id, logs } = end;
  switch (end.status) {
    case 'succeeded':
      return { status: 'succeeded', call_id, result: JSON.parse(end.json), logs };
    case 'answered': {
      const { http_status, headers, body } = end.answer;
      const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
      return { status: 'answered', call_id, http_status, headers, body: text, logs };
    }
    case 'failed': {
      const { error, errorType: error_type, stack } = end;
      const data: unknown = end.data === null ? null : JSON.parse(end.data);
      return { status: 'failed', call_id, error, error_type, stack, data, logs };
    }
    default:
      return end satisfies never;
  }
}
