import { CLAIM_AFTER_MS, PROTOCOL_VERSION, type WorkerMessage } from '../protocol/messages.ts';
import { AskBox } from './asks.ts';
import { openChannel } from './channel.ts';
import { captureConsole, currentCall } from './console.ts';
import { findOwners, loadFiles, provideSdk } from './load.ts';
import { findRunning } from './load-fault.ts';
import { announceOwnEnd, guardProcess, type OwnOn } from './process-guard.ts';
import { Runner } from './run.ts';
import { provideSources } from './sources.ts';

/** The worker program: loads the files that the server names, then runs calls until the pipe closes. */
export async function runWorker(): Promise<void> {
  const on = guardProcess();
  const channel = openChannel(on);
  const asks = new AskBox((ask, { id }) => channel.send({ kind: 'ask', id, ...ask }));
  const claims = new Map<number, WorkerMessage<'call'>>();
  let runner: Runner | undefined;
  // Only for Bun, at the start; user code sees nothing but functions.env.
  delete process.env.BUN_OPTIONS;
  delete process.env.BUN_FEATURE_FLAG_NO_ORPHANS;
  delete process.env.BUN_JSC_useTailCalls;
  captureConsole();
  surviveStrayErrors(on);
  channel.onClose(() => process.exit(0));
  let loaded: readonly string[] = [];
  const announce = () => {
    if (!channel.isOpen) return;
    const id = currentCall.getStore()?.callId ?? null;
    const place = id === null ? findRunning(findOwners(loaded)) : null;
    channel.send({ kind: 'exiting', id, place });
  };
  on('exit', announce);
  announceOwnEnd(announce);

  const load = async ({ files, extensions, sources }: WorkerMessage<'load'>) => {
    loaded = files;
    provideSdk();
    provideSources(sources);
    const { functions, errors } = await loadFiles({ files, extensions }, (file) =>
      channel.send({ kind: 'loading', file }),
    );
    // What a file leaves for the next turn belongs to its load: it may end the process. A timer without a
    // delay has one of a millisecond, and of two that are due at once the one that was set first goes off.
    await new Promise((resolve) => setTimeout(resolve, 1));
    runner = new Runner(functions, channel, asks);
    const definitions = [...functions.values()].map(({ definition }) => definition);
    channel.send({ kind: 'loaded', version: PROTOCOL_VERSION, functions: definitions, errors });
  };

  /** Begins the call, unless it waited so long that it may have moved away. */
  const take = (call: WorkerMessage<'call'>) => {
    const waitedMs = Date.now() - call.sent_at;
    // Negative: the clock was set back, so nobody knows how long it waited.
    if (waitedMs >= 0 && waitedMs < CLAIM_AFTER_MS) runner?.start(call);
    else {
      claims.set(call.id, call);
      channel.send({ kind: 'claim', id: call.id });
    }
  };

  channel.onMessage((message) => {
    switch (message.kind) {
      case 'load':
        void load(message);
        break;
      case 'call':
        take(message);
        break;
      case 'grant': {
        const call = claims.get(message.id);
        claims.delete(message.id);
        if (call && message.sent_at !== null) take({ ...call, sent_at: message.sent_at });
        break;
      }
      case 'abort':
        runner?.abort(message.id, message.reason);
        break;
      case 'reply':
        asks.answer(message.ask, message.json);
        break;
      case 'refusal':
        asks.refuse(message.ask, message.error);
        break;
      case 'ping':
        channel.send({ kind: 'pong', n: message.n });
        break;
      default:
        message satisfies never;
    }
  });
  await new Promise<never>(() => {});
}

/** A promise that nobody awaited, or a throw in a timer, must not end the calls of others. */
function surviveStrayErrors(on: OwnOn): void {
  const report = (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : Bun.inspect(error);
    const sink = currentCall.getStore();
    if (sink) sink.add('error', [`Uncaught ${text}`]);
    else process.stderr.write(`Uncaught ${text}\n`);
  };
  on('uncaughtException', report);
  on('unhandledRejection', report);
}
