import { findCaller } from './caller.ts';
import type { Context, FunctionRequest } from './context.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { PayloadOf, ResultOf, Schema } from './schema.ts';

export interface FunctionOptions<
  Input extends Schema | undefined = Schema | undefined,
  Output extends Schema | undefined = Schema | undefined,
  IsRaw extends boolean = boolean,
> {
  /** The file's name when absent; a file with several functions must name each. */
  readonly name?: string;
  readonly description?: string;
  /** Who may call it; `auth` when absent. */
  readonly auth?: 'public' | 'auth' | 'admin';
  readonly input?: Input;
  readonly output?: Output;
  readonly tags?: readonly string[];
  /** To 3,600; the server's own limit when absent. */
  readonly timeout_seconds?: number;
  /**
   * True: a body of any content type is taken as it is and stands in `ctx.request.body`, for webhooks
   * and uploads. There is no payload then, and no `input`.
   */
  readonly raw_body?: IsRaw;
}

/** The context of a function with `raw_body`: there always is a request. */
export type RawContext = Context<FunctionRequest<Uint8Array<ArrayBuffer>>>;

export type Handler<Input, Output, IsRaw extends boolean = false> = (
  ctx: IsRaw extends true ? RawContext : Context,
  payload: IsRaw extends true ? undefined : PayloadOf<Input>,
) => ResultOf<Output> | HttpAnswer | Promise<ResultOf<Output> | HttpAnswer>;

/** For the loader and the worker: the context of any function. */
export type AnyContext = Context<FunctionRequest<Uint8Array<ArrayBuffer> | null> | null>;

/** What register() was given, before anything is checked. */
export interface Registration {
  readonly options: FunctionOptions;
  readonly handler: (ctx: AnyContext, payload: unknown) => unknown;
}

/** What register() answers; good for `export default` and for calling the handler in a test. */
export interface RegisteredFunction<Input, Output, IsRaw extends boolean = false> {
  readonly options: FunctionOptions;
  readonly handler: Handler<Input, Output, IsRaw>;
}

let receive: ((registration: Registration, calledFrom: string | undefined) => void) | undefined;

/** For the loader: who is told of each registration, with the file that made it. */
export function onRegister(receiver: typeof receive): void {
  receive = receiver;
}

/** Makes a function that TinyBase serves. Call it while the file loads. */
export function register<
  const Input extends Schema | undefined = undefined,
  const Output extends Schema | undefined = undefined,
  const IsRaw extends boolean = false,
>(
  options: FunctionOptions<Input, Output, IsRaw>,
  handler: Handler<Input, Output, IsRaw>,
): RegisteredFunction<Input, Output, IsRaw> {
  if (!receive) throw new Error('register() counts only while the file loads.');
  const registration = { options: options as FunctionOptions, handler };
  // The loader checks what came at run time; payload's own type is known only here.
  receive(registration as unknown as Registration, findCaller(register));
  return registration;
}
