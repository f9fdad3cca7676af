import type { AskError, AskName, LineLevel } from './messages.ts';

/** Raised when a message changes, so that a host of another build is refused instead of misread. */
export const HOST_PROTOCOL_VERSION = 1;

const ON_HOOKS = [
  'on_startup',
  'on_shutdown',
  'on_user_login',
  'on_user_register',
  'on_record_create',
  'on_record_update',
  'on_record_delete',
  'on_function_call',
  'on_function_complete',
] as const;
export type OnHook = (typeof ON_HOOKS)[number];

const BEFORE_HOOKS = [
  'before_record_create',
  'before_record_update',
  'before_record_delete',
] as const;
export type BeforeHook = (typeof BEFORE_HOOKS)[number];

export const HOOK_NAMES = [...ON_HOOKS, ...BEFORE_HOOKS] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** What a hook's filter may speak of; undefined: it has none. */
export function filterKeyOf(hook: HookName): 'collection' | 'name' | undefined {
  if (hook.includes('_record_')) return 'collection';
  return hook.includes('_function_') ? 'name' : undefined;
}

/** A handler that an extension registered. */
export interface HookEntry {
  readonly hook: HookName;
  /** A collection's or function's name; null: of all of them. */
  readonly filter: string | null;
}

/** An extension as the host gets it. */
export interface HostedExtension {
  readonly name: string;
  readonly version: string;
  /** Absolute. */
  readonly entry: string;
  readonly folder: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What became of an extension when it was loaded. */
export interface HostedReport {
  readonly name: string;
  /** Why it does not load, with file and line as far as they are known. */
  readonly error: string | null;
  readonly stack: string | null;
  readonly hooks: readonly HookEntry[];
  /** It called register(). */
  readonly hasFunctions: boolean;
}

/** What a handler threw. */
export interface HookFault {
  readonly message: string;
  readonly stack: string | null;
}

/** How the handlers of one extension took one event. */
export type RunOutcome =
  | {
      readonly status: 'done';
      /** The data as a before-hook left it, JSON text; null: it changed nothing. */
      readonly data: string | null;
      readonly faults: readonly HookFault[];
    }
  | ({
      readonly status: 'refused';
      /** Of a HookError; null for anything else that was thrown. */
      readonly httpStatus: number | null;
    } & HookFault);

/** What a question of an extension is put down to. */
export interface AskOrigin {
  readonly extension: string;
  readonly userId: string | null;
  readonly requestId: string | null;
  readonly depth: number;
}

/** Messages from the server to the host, by kind. */
interface HostMessages {
  /** Sent once, first. The environment comes here, as others could read that of a process that starts. */
  readonly load: {
    readonly version: number;
    readonly env: Readonly<Record<string, string>>;
    readonly extensions: readonly HostedExtension[];
  };
  /** Run the handlers of one extension that want this. */
  readonly run: {
    readonly id: number;
    readonly extension: string;
    readonly hook: HookName;
    /** The collection or function that it is about. */
    readonly key: string | null;
    /** What the handlers' own questions are put down to. */
    readonly origin: AskOrigin;
    /** JSON text. */
    readonly event: string;
  };
  readonly reply: { readonly ask: number; readonly json: string };
  readonly refusal: { readonly ask: number; readonly error: AskError };
  readonly ping: { readonly n: number };
}

/** Messages from the host to the server, by kind. */
interface HostAnswers {
  /** About to import this extension; when nothing follows, it is the one to blame. */
  readonly loading: { readonly name: string };
  readonly loaded: { readonly version: number; readonly reports: readonly HostedReport[] };
  /** The first handler of this run begins now. */
  readonly started: { readonly id: number };
  readonly done: { readonly id: number; readonly outcome: RunOutcome };
  readonly line: {
    readonly extension: string;
    readonly level: LineLevel;
    readonly text: string;
  };
  readonly ask: {
    readonly ask: number;
    readonly name: AskName;
    readonly body: string;
    readonly origin: AskOrigin;
  };
  /** An error that no handler's end told of. */
  readonly stray: { readonly extension: string | null } & HookFault;
  /** Code ends the process; the run and the extension that did, when they are known. */
  readonly exiting: { readonly id: number | null; readonly extension: string | null };
  readonly pong: { readonly n: number };
}

type Tagged<Map> = { [Kind in keyof Map]: { readonly kind: Kind } & Map[Kind] }[keyof Map];
export type ToHost = Tagged<HostMessages>;
export type FromHost = Tagged<HostAnswers>;
/** One message by its kind. */
export type HostMessage<Kind extends keyof HostMessages> = Extract<ToHost, { kind: Kind }>;
export type HostAnswer<Kind extends keyof HostAnswers> = Extract<FromHost, { kind: Kind }>;

const ANSWER_KINDS = {
  loading: true,
  loaded: true,
  started: true,
  done: true,
  line: true,
  ask: true,
  stray: true,
  exiting: true,
  pong: true,
} as const satisfies Record<FromHost['kind'], true>;

/** Each message is JSON text: code of an extension may change how objects are cloned, not what text is. */
export function writeHostFrame(message: ToHost | FromHost): string {
  return JSON.stringify(message);
}

/** The host is trusted, as extensions are; what is no message is an accident. */
export function readHostAnswer(frame: unknown): FromHost | undefined {
  const message = readFrame(frame);
  return message && Object.hasOwn(ANSWER_KINDS, message.kind) ? (message as FromHost) : undefined;
}

/** What comes down the pipe was written by the server, so its type is known. */
export function readHostMessage(frame: unknown): ToHost | undefined {
  return readFrame(frame) as ToHost | undefined;
}

function readFrame(frame: unknown): { readonly kind: string } | undefined {
  if (typeof frame !== 'string') return undefined;
  try {
    const message: unknown = JSON.parse(frame);
    return typeof message === 'object' && message !== null && 'kind' in message
      ? (message as { readonly kind: string })
      : undefined;
  } catch {
    return undefined;
  }
}

/** Hooks that cause hooks: deeper than this is a circle. */
export const MAX_HOOK_DEPTH = 8;
