import type { AskOrigin, HostedExtension } from '../protocol/extensions.ts';
import type { AskName, Asks } from '../protocol/messages.ts';
import type { FunctionLog } from '../sdk/context.ts';
import type { ExtensionContext } from '../sdk/extensions.ts';
import type { AskBox } from './asks.ts';
import type { LineSink } from './console.ts';
import { createDatabase } from './context.ts';

/** The context of a handler. It goes on working after that has ended, for timers that an extension keeps. */
export function createExtensionContext(
  { name, settings }: HostedExtension,
  origin: AskOrigin,
  { asks, sink }: { readonly asks: AskBox<AskOrigin>; readonly sink: LineSink },
): ExtensionContext {
  const ask = <Name extends AskName>(asked: Name, request: Asks[Name]): Promise<unknown> =>
    asks.ask(origin, asked, request);
  const log: FunctionLog = {
    debug: (...values) => sink.add('debug', values),
    info: (...values) => sink.add('info', values),
    warning: (...values) => sink.add('warning', values),
    error: (...values) => sink.add('error', values),
  };
  return {
    extension: name,
    settings,
    log,
    db: createDatabase((operation) => ask('db', { as_caller: false, ...operation })),
    functions: {
      call: <Output>(called: string, payload?: unknown) =>
        ask('call_function', { name: called, payload: payload ?? null }) as Promise<Output>,
    },
  };
}
