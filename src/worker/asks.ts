import {
  type AskError,
  type AskName,
  type Asks,
  MAX_ASK_CHARS,
  MAX_OPEN_ASKS,
} from '../protocol/messages.ts';
import { FunctionError, TinyBaseError } from '../sdk/function-error.ts';

type Answer = { readonly json: string } | { readonly error: AskError };

/** Whoever asks, a call or a hook; those of one depth share a lane. */
interface AnyAsker {
  readonly depth: number;
}

/** The call that asks. */
export interface Asker extends AnyAsker {
  readonly id: number;
}

interface Ask {
  readonly ask: number;
  readonly name: AskName;
  readonly body: string;
}

/** Asks that share one bound: how many are open, and those beyond. */
interface Lane {
  open: number;
  readonly waiting: (() => void)[];
}

interface OpenAsk {
  readonly lane: Lane;
  readonly resolve: (answer: Answer) => void;
}

/** Questions to the server: at most so many at once, the others wait here. */
export class AskBox<Who extends AnyAsker = Asker> {
  readonly #write: (ask: Ask, asker: Who) => void;
  readonly #open = new Map<number, OpenAsk>();
  readonly #lanes = new Map<string, Lane>();
  #next = 1;

  constructor(write: (ask: Ask, asker: Who) => void) {
    this.#write = write;
  }

  async ask<Name extends AskName>(asker: Who, name: Name, request: Asks[Name]): Promise<unknown> {
    const answer = await this.#send(asker, name, request);
    // Made behind the await, it knows the line of the function that asked.
    if ('error' in answer) throw toError(answer.error);
    return JSON.parse(answer.json);
  }

  answer(ask: number, json: string): void {
    this.#end(ask, { json });
  }

  refuse(ask: number, error: AskError): void {
    this.#end(ask, { error });
  }

  /** Everything that user code made crosses as JSON text, so that the server meets plain values only. */
  #send<Name extends AskName>(asker: Who, name: Name, request: Asks[Name]): Promise<Answer> {
    return new Promise((resolve) => {
      const body = JSON.stringify(request);
      if (body.length > MAX_ASK_CHARS) {
        resolve({ error: tooLarge() });
        return;
      }
      const lane = this.#laneOf(name, asker.depth);
      const send = () => {
        const ask = this.#next++;
        lane.open++;
        this.#open.set(ask, { lane, resolve });
        this.#write({ ask, name, body }, asker);
      };
      if (lane.open < MAX_OPEN_ASKS) send();
      else lane.waiting.push(send);
    });
  }

  #laneOf(name: AskName, depth: number): Lane {
    const key = `${name} ${depth}`;
    const found = this.#lanes.get(key) ?? { open: 0, waiting: [] };
    this.#lanes.set(key, found);
    return found;
  }

  #end(ask: number, answer: Answer): void {
    const open = this.#open.get(ask);
    if (!open) return;
    const { lane, resolve } = open;
    this.#open.delete(ask);
    lane.open--;
    lane.waiting.shift()?.();
    resolve(answer);
  }
}

function tooLarge(): AskError {
  const megabytes = MAX_ASK_CHARS / 1024 / 1024;
  const message = `This is too large: what a function asks for may be ${megabytes} MB.`;
  return { code: 'too_large', message, faults: null, failure: null };
}

/** Shows where the called function threw, below the place of the call. */
function toCause(stack: string): Error {
  const cause = new Error('The called function failed.');
  cause.stack = stack;
  return cause;
}

function toError({ code, message, faults, failure }: AskError): Error {
  if (!failure) return new TinyBaseError(code, message, faults ?? []);
  if (failure.http_status !== null) {
    const data: unknown = failure.data === null ? undefined : JSON.parse(failure.data);
    return new FunctionError(failure.http_status, failure.message, data);
  }
  const error = new Error(failure.message);
  error.name = failure.error_type;
  if (failure.stack !== null) error.cause = toCause(failure.stack);
  return error;
}
