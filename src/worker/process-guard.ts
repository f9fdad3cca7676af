type Listener = (...args: never[]) => void;
type Method = (this: unknown, ...args: unknown[]) => unknown;

/** They come through the pipe to the server, or tell of its end. */
const PIPE_EVENTS: ReadonlySet<unknown> = new Set(['message', 'internalMessage', 'disconnect']);

/**
 * Replaces a property of the process for good: deleted, the native one might come back. Packages may
 * put their own over it, as signal-exit does with `emit` and `reallyExit`.
 */
export function replaceOwn(name: string, value: unknown): void {
  Object.defineProperty(process, name, { value, writable: true, configurable: false });
}

/** Listens to an event of the process where user code neither sees nor removes the listener. */
export type OwnOn = (event: string, listener: Listener) => void;

/**
 * Keeps user code away from the messages of all calls and from our own listeners. This is against
 * accidents and nosy packages; code that means harm has other ways, as a process is no sandbox.
 */
export function guardProcess(): OwnOn {
  // Bun tells of messages to this object's own methods only, not to those of node:events.
  const target = Object.getPrototypeOf(process) as Record<string, Method>;
  const own = new Map<unknown, Set<unknown>>();
  const isOwn = (event: unknown, listener: unknown) => own.get(event)?.has(listener) === true;
  const native = (name: string): Method => {
    const found = target[name];
    if (!found) throw new Error(`This Bun has no process.${name}.`);
    return found;
  };
  const replace = (name: string, value: Method) => {
    Object.defineProperty(target, name, { value, writable: false, configurable: false });
    replaceOwn(name, value);
  };

  const nativeOn = native('on');
  const nativeNames = native('eventNames');
  const nativeRemoveAll = native('removeAllListeners');
  const nativeCount = native('listenerCount');

  for (const name of ['addListener', 'on', 'once', 'prependListener', 'prependOnceListener']) {
    const add = native(name);
    replace(name, function (event, listener) {
      // Quietly: a package that offers to be managed by a parent process works without one as well.
      return PIPE_EVENTS.has(event) ? this : add.call(this, event, listener);
    });
  }
  for (const name of ['removeListener', 'off']) {
    const remove = native(name);
    replace(name, function (event, listener) {
      return isOwn(event, listener) ? this : remove.call(this, event, listener);
    });
  }
  for (const name of ['listeners', 'rawListeners']) {
    const list = native(name);
    replace(name, function (event) {
      const found = list.call(this, event) as unknown[];
      return found.filter((listener) => !isOwn(event, listener));
    });
  }
  const emit = native('emit');
  replace('emit', function (event, ...args) {
    return PIPE_EVENTS.has(event) ? false : emit.call(this, event, ...args);
  });
  replace('listenerCount', function (event, listener) {
    if (listener !== undefined) return nativeCount.call(this, event, listener);
    return Number(nativeCount.call(this, event)) - (own.get(event)?.size ?? 0);
  });
  replace('eventNames', function () {
    return (nativeNames.call(this) as unknown[]).filter((event) => !PIPE_EVENTS.has(event));
  });
  replace('removeAllListeners', function (...events) {
    const named = events.length > 0 ? events : (nativeNames.call(this) as unknown[]);
    for (const event of named) {
      if (PIPE_EVENTS.has(event)) continue;
      nativeRemoveAll.call(this, event);
      for (const listener of own.get(event) ?? []) nativeOn.call(process, event, listener);
    }
    return this;
  });

  return (event, listener) => {
    const listeners = own.get(event) ?? new Set();
    own.set(event, listeners.add(listener));
    nativeOn.call(process, event, listener);
  };
}

/**
 * Calls `announce` before user code ends this process by other ways than process.exit, so that the
 * call which did it is known and its neighbours are not blamed.
 */
export function announceOwnEnd(announce: () => void): void {
  const { abort, kill, ppid } = process;
  const { reallyExit } = process as unknown as { reallyExit: Method };
  replaceOwn('abort', () => {
    announce();
    abort.call(process);
  });
  replaceOwn('reallyExit', (code: unknown) => {
    announce();
    return reallyExit.call(process, code);
  });
  replaceOwn('kill', (pid: number, signal: NodeJS.Signals | 0 = 'SIGTERM') => {
    // 0 and -1 are groups that the server belongs to.
    if (pid === 0 || pid === -1 || pid === ppid)
      throw new Error('process.kill: a function may not end the server.');
    const isOwn = pid === process.pid || pid === -process.pid;
    if (isOwn && signal !== 0 && process.listenerCount(String(signal)) === 0) announce();
    return kill.call(process, pid, signal);
  });
}
