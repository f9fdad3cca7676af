// The module that extensions import as `tinybase/extensions`; scripts/generate-sdk-types.ts puts it into tinybase.d.ts.
import type { HookName } from '../protocol/extensions.ts';
import { findCaller } from './caller.ts';
import type { Collections, Database, FunctionCaller, FunctionLog, MemberOf } from './context.ts';

/** What a handler gets as its second argument. */
export interface ExtensionContext {
  /** The extension's name. */
  readonly extension: string;
  /** What an admin has set for this extension. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Writes to the server's log, with the extension's name. */
  readonly log: FunctionLog;
  /** Full rights. */
  readonly db: Database;
  readonly functions: FunctionCaller;
}

type AnyData = Record<string, unknown>;
type RecordOf<Name extends keyof Collections> = MemberOf<Collections[Name], 'record'>;

export interface StartupEvent {
  readonly name: string;
  readonly version: string;
}

export interface UserEvent {
  readonly id: string;
  readonly email: string;
  readonly is_admin: boolean;
}

interface WriteEvent {
  readonly collection: string;
  readonly id: string;
  /** Who asked for the write; null for nobody who is signed in. */
  readonly user_id: string | null;
  readonly request_id: string | null;
}

/** A record that was written. */
export interface RecordEvent<Stored = AnyData> extends WriteEvent {
  /** What is stored now; of a deleted one what was. */
  readonly data: Stored;
  /** What was stored before, on update. */
  readonly old?: Stored;
}

/** A record that is about to be written. */
export interface BeforeEvent<Stored = AnyData> extends WriteEvent {
  /** All that would be stored, not checked yet. What you change here is written instead. */
  data: Stored;
  /** What is stored now, on update. */
  readonly old?: Stored;
}

export interface FunctionCallEvent {
  readonly name: string;
  readonly call_id: string;
  readonly user_id: string | null;
  readonly payload?: unknown;
}

export interface FunctionCompleteEvent {
  readonly name: string;
  readonly call_id: string;
  readonly user_id: string | null;
  readonly status: 'succeeded' | 'failed';
  readonly duration_ms: number;
  readonly error_type: string | null;
}

type HookHandler<Event, Answer = unknown> = (event: Event, ctx: ExtensionContext) => Answer;

type Hook<Event> = (handler: HookHandler<Event>) => void;

interface FunctionHook<Event> {
  (handler: HookHandler<Event>): void;
  /** Of this function only. */
  (filter: { readonly name: string }, handler: HookHandler<Event>): void;
}

interface RecordHook {
  (handler: HookHandler<RecordEvent>): void;
  /** Of this collection only. */
  <Name extends keyof Collections & string>(
    filter: { readonly collection: Name },
    handler: HookHandler<RecordEvent<RecordOf<Name>>>,
  ): void;
  <Stored extends object = AnyData>(
    filter: { readonly collection: string },
    handler: HookHandler<RecordEvent<Stored>>,
  ): void;
}

/** Nothing, or the data that is to be written instead. */
// biome-ignore lint/suspicious/noConfusingVoidType: an async handler without return gives a Promise<void>
type NewData<Stored> = Stored | void | undefined | Promise<Stored | void | undefined>;

interface BeforeHook {
  (handler: HookHandler<BeforeEvent, NewData<AnyData>>): void;
  /** Of this collection only. */
  <Name extends keyof Collections & string>(
    filter: { readonly collection: Name },
    handler: HookHandler<BeforeEvent<RecordOf<Name>>, NewData<RecordOf<Name>>>,
  ): void;
  <Stored extends object = AnyData>(
    filter: { readonly collection: string },
    handler: HookHandler<BeforeEvent<Stored>, NewData<Stored>>,
  ): void;
}

/** Thrown by a before-hook: refuses the write with this status and message. */
export class HookError extends Error {
  override readonly name = 'HookError';
  /** 400 to 599. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    if (!Number.isInteger(status) || status < 400 || status > 599)
      throw new RangeError(`HookError wants a status from 400 to 599, not ${String(status)}.`);
    this.status = status;
  }
}

/** What on_x() was given, before anything is checked. */
export interface HookRegistration {
  readonly hook: HookName;
  readonly args: readonly unknown[];
  /** The file that did it. */
  readonly calledFrom: string | undefined;
}

let receive: ((registration: HookRegistration) => void) | undefined;

/** For the host: who is told of each registration. In a worker for functions nobody is. */
export function onHook(receiver: typeof receive): void {
  receive = receiver;
}

function hook(name: HookName) {
  const on = (...args: readonly unknown[]): void =>
    receive?.({ hook: name, args, calledFrom: findCaller(on) });
  return on;
}

/** The extension has been loaded: at the start of the server, and whenever extensions are started anew. */
export const on_startup: Hook<StartupEvent> = hook('on_startup');
/** The extension is about to end; five seconds are left for all of them. */
export const on_shutdown: Hook<StartupEvent> = hook('on_shutdown');
export const on_user_login: Hook<UserEvent> = hook('on_user_login');
export const on_user_register: Hook<UserEvent> = hook('on_user_register');
export const on_record_create: RecordHook = hook('on_record_create');
export const on_record_update: RecordHook = hook('on_record_update');
export const on_record_delete: RecordHook = hook('on_record_delete');
/** A call begins: its input fits and a worker has it. */
export const on_function_call: FunctionHook<FunctionCallEvent> = hook('on_function_call');
export const on_function_complete: FunctionHook<FunctionCompleteEvent> =
  hook('on_function_complete');
export const before_record_create: BeforeHook = hook('before_record_create');
export const before_record_update: BeforeHook = hook('before_record_update');
export const before_record_delete: BeforeHook = hook('before_record_delete');
