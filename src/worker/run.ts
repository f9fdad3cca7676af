import { describeJsonFault } from '../lib/json-text.ts';
import type { CallOutcome, InputFault, WorkerMessage } from '../protocol/messages.ts';
import type { AskBox } from './asks.ts';
import type { Channel } from './channel.ts';
import { currentCall, LineSink } from './console.ts';
import { type CallContext, createContext } from './context.ts';
import type { LoadedFunction } from './definition.ts';
import { toFailure } from './failure.ts';
import { toOutcome } from './result.ts';

/** Runs calls, as many at once as the server sends. */
export class Runner {
  readonly #functions: ReadonlyMap<string, LoadedFunction>;
  readonly #channel: Channel;
  readonly #asks: AskBox;
  readonly #running = new Map<number, CallContext>();

  constructor(functions: ReadonlyMap<string, LoadedFunction>, channel: Channel, asks: AskBox) {
    this.#functions = functions;
    this.#channel = channel;
    this.#asks = asks;
  }

  start({ id, depth, is_check, header, payload }: WorkerMessage<'call'>): void {
    // Before the input is looked at: a pattern that never ends must not be handed to the next worker.
    this.#channel.send({ kind: 'started', id });
    const sink = new LineSink(id, (level, text) =>
      this.#channel.send({ kind: 'line', id, level, text }),
    );
    const found = this.#functions.get(header.function_name);
    const body = found?.definition.raw_body ? toBytes(payload) : null;
    const call = createContext({ id, depth }, header, { asks: this.#asks, sink, body });
    this.#running.set(id, call);
    void currentCall.run(sink, async () => {
      const outcome = found
        ? await run(is_check ? withoutHandler(found) : found, call, payload)
        : toFailure(new Error(`${header.function_name} is not loaded in this worker.`));
      this.#running.delete(id);
      call.end();
      this.#channel.send({ kind: 'done', id, outcome });
    });
  }

  abort(id: number, reason: string): void {
    this.#running.get(id)?.abort(reason);
  }
}

/** Its input is looked at all the same. */
function withoutHandler(found: LoadedFunction): LoadedFunction {
  return { ...found, handler: () => null, output: undefined };
}

async function run(
  { handler, input, output }: LoadedFunction,
  { context }: CallContext,
  payload: string | Uint8Array | null,
): Promise<CallOutcome> {
  try {
    const parsed = parsePayload(payload);
    if ('fault' in parsed) return { status: 'invalid_input', faults: [parsed.fault] };
    const given = parsed.value;
    if (!input) return await toOutcome(await handler(context, given), output);
    const checked = await input.check(given);
    if (!checked.isValid) return { status: 'invalid_input', faults: checked.faults };
    return await toOutcome(await handler(context, checked.value), output);
  } catch (error) {
    return toFailure(error);
  }
}

/** The server has not parsed it: what the JSON of a caller costs is not for everybody to pay. */
function parsePayload(
  payload: string | Uint8Array | null,
): { readonly value: unknown } | { readonly fault: InputFault } {
  if (typeof payload !== 'string') return { value: undefined };
  try {
    return { value: JSON.parse(payload) };
  } catch (error) {
    return { fault: { loc: ['body'], msg: describeJsonFault(error), type: 'json_invalid' } };
  }
}

/** Another function or a schedule sends JSON, which is bytes as well. */
function toBytes(payload: string | Uint8Array | null): Uint8Array<ArrayBuffer> {
  if (payload === null) return new Uint8Array();
  return typeof payload === 'string' ? new TextEncoder().encode(payload) : new Uint8Array(payload);
}
