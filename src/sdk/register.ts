import type { Context } from './context.ts';
import type { PayloadOf, ResultOf, Schema } from './schema.ts';

export interface FunctionOptions<
  Input extends Schema | undefined = Schema | undefined,
  Output extends Schema | undefined = Schema | undefined,
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
}

export type Handler<Input, Output> = (
  ctx: Context,
  payload: PayloadOf<Input>,
) => ResultOf<Output> | Promise<ResultOf<Output>>;

/** What register() was given, before anything is checked. */
export interface Registration {
  readonly options: FunctionOptions;
  readonly handler: (ctx: Context, payload: unknown) => unknown;
}

/** What register() answers; good for `export default` and for calling the handler in a test. */
export interface RegisteredFunction<Input, Output> {
  readonly options: FunctionOptions;
  readonly handler: Handler<Input, Output>;
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
>(
  options: FunctionOptions<Input, Output>,
  handler: Handler<Input, Output>,
): RegisteredFunction<Input, Output> {
  if (!receive) throw new Error('register() counts only while the file loads.');
  const registration = { options: options as FunctionOptions, handler };
  // The loader checks what came at run time; payload's own type is known only here.
  receive(registration as unknown as Registration, findCaller());
  return registration;
}

/** The file that called register(): a file may be imported by another before its own turn comes. */
function findCaller(): string | undefined {
  const before = Error.prepareStackTrace;
  const holder: { stack?: NodeJS.CallSite[] } = {};
  try {
    Error.prepareStackTrace = (_error, sites) => sites;
    Error.captureStackTrace(holder, register);
    return holder.stack?.[0]?.getFileName() ?? undefined;
  } finally {
    if (before) Error.prepareStackTrace = before;
    else delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
  }
}
