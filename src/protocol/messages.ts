import type { DbRequest } from './db.ts';

/** Raised when a message changes, so that a worker of another build is refused instead of misread. */
export const PROTOCOL_VERSION = 6;

export type JsonSchema = Readonly<Record<string, unknown>>;

export const FUNCTION_ACCESS = ['public', 'auth', 'admin'] as const;
type FunctionAccess = (typeof FUNCTION_ACCESS)[number];

export const TRIGGER_TYPES = ['manual', 'schedule'] as const;
export type TriggerType = (typeof TRIGGER_TYPES)[number];

export const LINE_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type LineLevel = (typeof LINE_LEVELS)[number];

/** What a worker says about one registered function. */
export interface FunctionDefinition {
  readonly name: string;
  readonly description: string | null;
  readonly auth: FunctionAccess;
  readonly tags: readonly string[];
  readonly timeout_seconds: number | null;
  readonly input_schema: JsonSchema | null;
  readonly output_schema: JsonSchema | null;
  /** It takes the body as bytes, of any content type. */
  readonly raw_body: boolean;
  /** The absolute path of the file that registered it. */
  readonly file: string;
}

/** A place in a file of the user. */
export interface Place {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** Why a file does not load. */
export interface LoadFault extends Place {
  readonly message: string;
}

export interface LoadReport {
  readonly functions: readonly FunctionDefinition[];
  readonly errors: readonly LoadFault[];
}

/** The request that caused a call, without what could sign somebody in. */
export interface RequestInfo {
  readonly method: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly ip: string | null;
}

/** What a function learns about its call, besides the payload. */
export interface CallHeader {
  readonly function_name: string;
  readonly trigger_type: TriggerType;
  readonly trigger_id: string | null;
  readonly request_id: string;
  readonly call_id: string;
  readonly user_id: string | null;
  readonly is_admin: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly request: RequestInfo | null;
}

/** One thing wrong with the input, in the form of the API. */
export interface InputFault {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** How a call ended, as its worker tells it. JSON is text already: the server never parses a result. */
export type CallOutcome =
  | { readonly status: 'succeeded'; readonly json: string }
  | AnsweredCall
  | { readonly status: 'invalid_input'; readonly faults: readonly InputFault[] }
  | CallFailure;

/** The function returned an HttpAnswer: what the caller gets, without our envelope. */
export interface AnsweredCall {
  readonly status: 'answered';
  /** 200 to 599. */
  readonly http_status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Uint8Array;
}

export interface CallFailure {
  readonly status: 'failed';
  readonly error_type: string;
  readonly message: string;
  readonly stack: string | null;
  /** Set when the function threw a FunctionError, an error meant for the caller. */
  readonly http_status: number | null;
  /** The data of a FunctionError, as JSON text. */
  readonly data: string | null;
}

/** What a running call may ask of the server; each answer is JSON text. */
export interface Asks {
  readonly db: DbRequest;
  readonly call_function: { readonly name: string; readonly payload: unknown };
}
export type AskName = keyof Asks;
export const ASK_NAMES = ['db', 'call_function'] as const satisfies readonly AskName[];

/** Why an ask was refused. */
export interface AskError {
  readonly code: string;
  readonly message: string;
  readonly faults: readonly InputFault[] | null;
  /** Set when a called function failed. */
  readonly failure: CallFailure | null;
}

/** A file of function code as it was read. */
export interface SourceFile {
  readonly path: string;
  /** Where a link leads: the path under which Bun knows the module. */
  readonly real_path: string;
  readonly text: string;
}

/** Messages from the server to a worker, by kind. */
interface WorkerMessages {
  /** Import these files, in this order; those of `sources` as they are given there. Sent once, first. */
  readonly load: {
    readonly version: number;
    readonly files: readonly string[];
    /** Those of extensions among them, which may well register nothing. */
    readonly extensions: readonly string[];
    readonly sources: readonly SourceFile[];
  };
  /** Run a function. `sent_at` (Date.now) tells the worker whether the call waited too long in the pipe. */
  readonly call: {
    readonly id: number;
    readonly sent_at: number;
    /** 0 for a call from outside, 1 for what that calls, and so on. */
    readonly depth: number;
    /** Look at the input and answer what is wrong with it; do not call the function. */
    readonly is_check: boolean;
    readonly header: CallHeader;
    /** JSON text; bytes for a function with raw_body; null when there is none. */
    readonly payload: string | Uint8Array | null;
  };
  /** The answer to a claim; `sent_at` as with a call, null when the call has moved away. */
  readonly grant: { readonly id: number; readonly sent_at: number | null };
  /** The caller has gone or the time is up. */
  readonly abort: { readonly id: number; readonly reason: string };
  readonly reply: { readonly ask: number; readonly json: string };
  readonly refusal: { readonly ask: number; readonly error: AskError };
  readonly ping: { readonly n: number };
}

/** Messages from a worker to the server, by kind. The server trusts none of them: see codec.ts. */
interface ServerMessages {
  /** About to import this file; when nothing follows, it is the one to blame. */
  readonly loading: { readonly file: string };
  readonly loaded: LoadReport & { readonly version: number };
  /** This call begins now; from here on it is never given to another worker. */
  readonly started: { readonly id: number };
  /** The call waited so long that the server may have moved it: may it begin? */
  readonly claim: { readonly id: number };
  readonly line: { readonly id: number; readonly level: LineLevel; readonly text: string };
  readonly done: { readonly id: number; readonly outcome: CallOutcome };
  readonly ask: {
    readonly ask: number;
    readonly id: number;
    readonly name: AskName;
    readonly body: string;
  };
  readonly pong: { readonly n: number };
  /** Code called process.exit; the call that did, or where it stands when it belongs to none. */
  readonly exiting: { readonly id: number | null; readonly place: Place | null };
}

type Tagged<Map> = { [Kind in keyof Map]: { readonly kind: Kind } & Map[Kind] }[keyof Map];
export type ToWorker = Tagged<WorkerMessages>;
export type ToServer = Tagged<ServerMessages>;
/** One message by its kind. */
export type WorkerMessage<Kind extends keyof WorkerMessages> = Extract<ToWorker, { kind: Kind }>;
export type ServerMessage<Kind extends keyof ServerMessages> = Extract<ToServer, { kind: Kind }>;

/** A call that was sent longer ago must be claimed before it begins; the server moves none sooner. */
export const CLAIM_AFTER_MS = 100;
/** Calls that call calls: deeper than this is a circle. */
export const MAX_DEPTH = 8;
/**
 * Asks of one worker that may wait for their answers at once: of the database, and of calls, at each
 * depth. Its own queue holds back the rest. Would a call share these places with those that it waits
 * for, all might wait for ever; a write may wait for a hook that calls.
 */
export const MAX_OPEN_ASKS = 256;
/** What one of them may say; a body over HTTP holds less. */
export const MAX_ASK_CHARS = 16 * 1024 * 1024;
/** Console lines of one call. */
export const MAX_LINES = 200;
export const MAX_LINE_BYTES = 64 * 1024;
/** Of what a function says about itself, which is shown in lists. */
export const MAX_TIMEOUT_SECONDS = 3_600;
export const MAX_DESCRIPTION_CHARS = 10_000;
export const MAX_TAGS = 50;
export const MAX_TAG_CHARS = 100;
/** Of what a function threw. */
export const MAX_MESSAGE_CHARS = 2_000;
export const MAX_STACK_CHARS = 8_000;
export const MAX_TYPE_CHARS = 100;
export const MAX_DATA_CHARS = 1024 * 1024;
/** Enough to mend a form; a list with a million bad items must not become a million faults. */
export const MAX_FAULTS = 100;
