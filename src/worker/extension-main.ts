import { drainMicrotasks } from 'bun:jsc';
import { AsyncLocalStorage } from 'node:async_hooks';
import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { forbidDumps } from '../lib/undumpable.ts';
import {
  type AskOrigin,
  type FromHost,
  HOST_PROTOCOL_VERSION,
  type HostedExtension,
  type HostedReport,
  type HostMessage,
  readHostMessage,
  type ToHost,
  writeHostFrame,
} from '../protocol/extensions.ts';
import { AskBox } from './asks.ts';
import { captureConsole, currentCall, LineSink } from './console.ts';
import { createExtensionContext } from './extension-context.ts';
import { type LoadedExtension, provideExtensionSdk, receiveHooks } from './extension-hooks.ts';
import { runHooks } from './extension-run.ts';
import { toFailure } from './failure.ts';
import { createFloodGate } from './flood-gate.ts';
import { toLoadFault } from './load-fault.ts';
import { announceOwnEnd, guardProcess, replaceOwn } from './process-guard.ts';

/** A handler may leave timers behind that write for as long as the host lives. */
const LOG_WINDOW_MS = 10_000;
/** Errors that no handler's end told of: more than so many in a stretch tell nobody anything new. */
const MAX_STRAYS = 20;
const STRAY_WINDOW_MS = 1_000;

/** Whose handler, or what it left behind, runs. A stack does not always say it: tail calls leave no frame. */
const currentOwner = new AsyncLocalStorage<string>();

/** The host program: loads all extensions, then runs their handlers until the pipe closes. */
export async function runExtensionHost(): Promise<void> {
  const on = guardProcess();
  const send = takePipe();
  protectMemory();
  // Only for Bun, at the start.
  delete process.env.BUN_OPTIONS;
  delete process.env.BUN_FEATURE_FLAG_NO_ORPHANS;
  captureConsole();
  const host = createHost(send);
  const announce = () => send({ kind: 'exiting', ...host.findRunning() });
  on('exit', announce);
  announceOwnEnd(announce);
  const mayReport = createFloodGate(MAX_STRAYS, STRAY_WINDOW_MS);
  const reportStray = (error: unknown) => {
    const gate = mayReport();
    if (gate === 'shut') return;
    const { message, stack } = toFailure(error);
    const extension = host.findOwner(stack);
    send({ kind: 'stray', extension, message, stack });
    if (gate === 'last')
      send({ kind: 'stray', extension, message: '[further errors are dropped]', stack: null });
  };
  on('uncaughtException', reportStray);
  on('unhandledRejection', reportStray);
  on('disconnect', () => process.exit(0));
  on('message', (frame: unknown) => {
    const message = readHostMessage(frame);
    if (message) host.take(message);
    // What ends at once has ended before the next one begins: nobody is blamed for its neighbour.
    drainMicrotasks();
  });
  await new Promise<never>(() => {});
}

type Send = (message: FromHost) => void;

/** Takes the IPC pipe and hides it from extensions, which have no business there. */
function takePipe(): Send {
  const raw = process.send?.bind(process);
  if (!raw) throw new Error('__extensions is started by the server, not by hand.');
  for (const name of ['send', 'channel', 'disconnect']) replaceOwn(name, undefined);
  replaceOwn('connected', false);
  return (message) => {
    try {
      raw(writeHostFrame(message));
    } catch {
      // The server is gone, and this process will be.
    }
  };
}

/** The environment of the server comes next, and functions must not read it here either. */
function protectMemory(): void {
  try {
    forbidDumps();
  } catch {
    // The server has said in its log that this cannot be done here.
  }
}

function createHost(send: Send) {
  const extensions = new Map<string, LoadedExtension>();
  const folders: { readonly name: string; readonly prefix: string }[] = [];
  const asks = new AskBox<AskOrigin>((ask, origin) => send({ kind: 'ask', ...ask, origin }));
  /** Runs, and whose they are. */
  const running = new Map<number, string>();

  /** Whose folder a path, or a text with paths, speaks of. */
  const ownerOf = (text: string | null | undefined): string | null =>
    folders.find(({ prefix }) => text?.includes(prefix))?.name ?? null;

  async function load({ env, extensions: hosted }: HostMessage<'load'>): Promise<void> {
    Object.assign(process.env, env);
    provideExtensionSdk();
    for (const { name, folder } of hosted)
      folders.push(
        { name, prefix: `${toRealPath(folder)}${sep}` },
        { name, prefix: `${folder}${sep}` },
      );
    const reports: HostedReport[] = [];
    for (const extension of hosted) {
      send({ kind: 'loading', name: extension.name });
      reports.push(await loadOne(extension));
    }
    receiveHooks(undefined, ownerOf);
    send({ kind: 'loaded', version: HOST_PROTOCOL_VERSION, reports });
  }

  async function loadOne(extension: HostedExtension): Promise<HostedReport> {
    const loaded: LoadedExtension = { extension, hooks: [], hasFunctions: false };
    const { name, entry } = extension;
    try {
      receiveHooks(loaded, ownerOf);
      await import(entry);
      extensions.set(name, loaded);
      const hooks = loaded.hooks.map(({ hook, filter }) => ({ hook, filter }));
      return { name, error: null, stack: null, hooks, hasFunctions: loaded.hasFunctions };
    } catch (error) {
      const file = toRealPath(entry);
      const { line, column, message } = toLoadFault(file, error);
      const place = line === null ? '' : `${entry}:${line}${column === null ? '' : `:${column}`}: `;
      return {
        name,
        error: `${place}${message}`,
        stack: toFailure(error).stack,
        hooks: [],
        hasFunctions: false,
      };
    }
  }

  function run(message: HostMessage<'run'>): void {
    const { id, hook, key, origin } = message;
    const found = extensions.get(message.extension);
    send({ kind: 'started', id });
    const sink = new LineSink(
      id,
      (level, text) => send({ kind: 'line', extension: message.extension, level, text }),
      LOG_WINDOW_MS,
    );
    running.set(id, message.extension);
    const asOwner = (work: () => Promise<void>) => currentOwner.run(message.extension, work);
    const handle = async () => {
      const handlers = (found?.hooks ?? []).filter(
        (entry) => entry.hook === hook && (entry.filter === null || entry.filter === key),
      );
      const context = found && createExtensionContext(found.extension, origin, { asks, sink });
      const outcome = context
        ? await runHooks(message, handlers, context)
        : ({ status: 'done', data: null, faults: [] } as const);
      running.delete(id);
      send({ kind: 'done', id, outcome });
    };
    void currentCall.run(sink, () => asOwner(handle));
  }

  return {
    take(message: ToHost): void {
      switch (message.kind) {
        case 'load':
          void load(message);
          break;
        case 'run':
          run(message);
          break;
        case 'reply':
          asks.answer(message.ask, message.json);
          break;
        case 'refusal':
          asks.refuse(message.ask, message.error);
          break;
        case 'ping':
          send({ kind: 'pong', n: message.n });
          break;
        default:
          message satisfies never;
      }
    },

    /** Whose code runs now: of the run, or of the files in the stack. */
    findRunning(): { readonly id: number | null; readonly extension: string | null } {
      const id = currentCall.getStore()?.callId ?? null;
      const name = id === null ? undefined : running.get(id);
      if (name !== undefined) return { id, extension: name };
      return { id: null, extension: this.findOwner(new Error('exit').stack ?? null) };
    },

    findOwner(stack: string | null): string | null {
      return currentOwner.getStore() ?? ownerOf(stack);
    },
  };
}

function toRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is not there, which its import will tell.
    return path;
  }
}
