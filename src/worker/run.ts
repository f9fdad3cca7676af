import type { CallFailure, CallOutcome, WorkerMessage } from '../protocol/messages.ts';
import { FunctionError } from '../sdk/function-error.ts';
import type { AskBox } from './asks.ts';
import type { Channel } from './channel.ts';
import { currentCall, LineSink } from './console.ts';
import { type CallContext, createContext } from './context.ts';
import type { LoadedFunction } from './definition.ts';
import { toResultJson } from './result.ts';
import type { Checked } from './validator.ts';

const MAX_MESSAGE_CHARS = 2_000;
const MAX_STACK_CHARS = 8_000;

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

  start({ id, header, payload }: WorkerMessage<'call'>): void {
    // Before the input is looked at: a pattern that never ends must not be handed to the next worker.
    this.#channel.send({ kind: 'started', id });
    const sink = new LineSink(id, (level, text) =>
      this.#channel.send({ kind: 'line', id, level, text }),
    );
    const call = createContext(id, header, this.#asks, sink);
    this.#running.set(id, call);
    void currentCall.run(sink, async () => {
      const outcome = await this.#run(header.function_name, call, payload);
      this.#running.delete(id);
      this.#channel.send({ kind: 'done', id, outcome });
    });
  }

  abort(id: number, reason: string): void {
    this.#running.get(id)?.abort(reason);
  }

  async #run(
    name: string,
    call: CallContext,
    payload: string | Uint8Array | null,
  ): Promise<CallOutcome> {
    const found = this.#functions.get(name);
    if (!found) return toFailure(new Error(`The function ${name} is not loaded in this worker.`));
    try {
      const given: unknown = typeof payload === 'string' ? JSON.parse(payload) : undefined;
      const checked: Checked = found.input
        ? await found.input.check(given)
        : { isValid: true, value: given };
      if (!checked.isValid) return { status: 'invalid_input', faults: checked.faults };
      const result = await found.handler(call.context, checked.value);
      return await toResultJson(result, found.output);
    } catch (error) {
      return toFailure(error);
    }
  }
}

function toFailure(error: unknown): CallFailure {
  const stack = error instanceof Error && error.stack ? withoutOwnFrames(error.stack) : null;
  return {
    status: 'failed',
    error_type: typeOf(error),
    message: textOf(error).slice(0, MAX_MESSAGE_CHARS),
    stack: stack === null ? null : stack.slice(0, MAX_STACK_CHARS),
    http_status: error instanceof FunctionError ? error.status : null,
    data: error instanceof FunctionError ? toJson(error.data) : null,
  };
}

/** Our own files, as they are called from source and in the compiled program. */
const OWN_FRAME = /\/\$bunfs\/|\/src\/worker\/(run|asks|context|main|result|validator)\.ts:/;

/** Leaves what the author of the function can do something about. */
function withoutOwnFrames(stack: string): string {
  const lines = stack.split('\n').filter((line) => !OWN_FRAME.test(line));
  return lines.join('\n');
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error';
  if (error instanceof RangeError && /out of memory/i.test(error.message)) return 'OutOfMemory';
  // A class that extends Error without giving itself a name is still known by its own.
  const name = error.name === 'Error' ? error.constructor?.name : error.name;
  return String(name || 'Error').slice(0, 100);
}

function textOf(error: unknown): string {
  if (error instanceof Error) return String(error.message);
  return typeof error === 'string' ? error : Bun.inspect(error, { depth: 2 });
}

function toJson(data: unknown): string | null {
  try {
    return JSON.stringify(data) ?? null;
  } catch {
    return null;
  }
}
