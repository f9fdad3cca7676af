import { type AskError, type AskName, type Asks, MAX_OPEN_ASKS } from '../protocol/messages.ts';
import { FunctionError, TinyBaseError } from '../sdk/function-error.ts';
import type { Channel } from './channel.ts';

interface OpenAsk {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Questions to the server: at most so many at once, the others wait here. */
export class AskBox {
  readonly #channel: Channel;
  readonly #open = new Map<number, OpenAsk>();
  readonly #waiting: (() => void)[] = [];
  #next = 1;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Everything that user code made crosses as JSON text, so that the server meets plain values only. */
  ask<Name extends AskName>(call: number, name: Name, request: Asks[Name]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const body = JSON.stringify(request);
      const send = () => {
        const ask = this.#next++;
        this.#open.set(ask, { resolve, reject });
        this.#channel.send({ kind: 'ask', ask, id: call, name, body });
      };
      if (this.#open.size < MAX_OPEN_ASKS) send();
      else this.#waiting.push(send);
    });
  }

  answer(ask: number, json: string): void {
    this.#take(ask)?.resolve(JSON.parse(json));
  }

  refuse(ask: number, error: AskError): void {
    this.#take(ask)?.reject(toError(error));
  }

  #take(ask: number): OpenAsk | undefined {
    const open = this.#open.get(ask);
    this.#open.delete(ask);
    this.#waiting.shift()?.();
    return open;
  }
}

function toError({ code, message, faults, failure }: AskError): Error {
  if (!failure) return new TinyBaseError(code, message, faults ?? []);
  if (failure.http_status !== null) {
    const data: unknown = failure.data === null ? undefined : JSON.parse(failure.data);
    return new FunctionError(failure.http_status, failure.message, data);
  }
  const error = new Error(failure.message);
  error.name = failure.error_type;
  return error;
}
