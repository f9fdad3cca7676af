import { isPlainObject } from '../lib/json-value.ts';
import type { HostMessage, RunOutcome } from '../protocol/extensions.ts';
import { MAX_ASK_CHARS } from '../protocol/messages.ts';
import { type ExtensionContext, HookError } from '../sdk/extensions.ts';
import type { LoadedHook } from './extension-hooks.ts';
import { toFailure } from './failure.ts';

type Run = HostMessage<'run'>;
type Handlers = readonly LoadedHook[];

/** Runs those handlers of an extension that want an event, one after another. */
export async function runHooks(
  { hook, event }: Run,
  handlers: Handlers,
  context: ExtensionContext,
): Promise<RunOutcome> {
  return hook.startsWith('before_')
    ? runBefore(event, handlers, context)
    : runOn(event, handlers, context);
}

async function runOn(
  text: string,
  handlers: Handlers,
  context: ExtensionContext,
): Promise<RunOutcome> {
  const faults = [];
  for (const { handler } of handlers) {
    try {
      // Each has its own: what one changes is nothing to the next.
      await handler(JSON.parse(text), context);
    } catch (error) {
      faults.push(toFault(error));
    }
  }
  return { status: 'done', data: null, faults };
}

/** Each handler sees what the one before it left. */
async function runBefore(
  text: string,
  handlers: Handlers,
  context: ExtensionContext,
): Promise<RunOutcome> {
  try {
    const event = JSON.parse(text) as { data: unknown };
    const before = JSON.stringify(event.data);
    for (const { hook, handler } of handlers) {
      const answer = await handler(event, context);
      if (answer !== undefined) event.data = answer;
      if (!isPlainObject(event.data))
        throw new TypeError(
          `${hook}: a handler must leave an object in event.data, or return one.`,
        );
    }
    const after = JSON.stringify(event.data);
    if (after.length > MAX_ASK_CHARS)
      throw new RangeError(
        `The handlers left data of more than ${MAX_ASK_CHARS / 1024 / 1024} MB of JSON.`,
      );
    return { status: 'done', data: after === before ? null : after, faults: [] };
  } catch (error) {
    return { status: 'refused', httpStatus: readStatus(error), ...toFault(error) };
  }
}

/** readonly holds for those who check types only, and what was thrown may throw when it is read. */
function readStatus(error: unknown): number | null {
  try {
    if (!(error instanceof HookError)) return null;
    const { status } = error;
    return Number.isInteger(status) && status >= 400 && status <= 599 ? status : null;
  } catch {
    return null;
  }
}

function toFault(error: unknown) {
  const { message, stack } = toFailure(error);
  return { message, stack };
}
