import { fileURLToPath } from 'node:url';
import { IS_COMPILED } from '../../lib/is-compiled.ts';

export type ThreadKind = 'reader' | 'writer' | 'copier' | 'checker';

/** What a thread says once it listens: what is sent before is lost. */
interface Ready {
  readonly isReady: true;
}

export interface Thread<ToThread> {
  /** Also before it listens: it waits here until then. */
  send(message: ToThread): void;
  /** Ends it at once; nothing is heard of it any more. */
  end(): void;
}

export interface ThreadListeners<FromThread> {
  onMessage(message: FromThread): void;
  /** It ended or broke by itself. Told once. */
  onLost(error: Error): void;
}

/** Starts this program once more, in a thread; src/threads.ts says what runs there. */
export function startThread<ToThread, FromThread extends object>(
  kind: ThreadKind,
  { onMessage, onLost }: ThreadListeners<FromThread>,
): Thread<ToThread> {
  const worker = new Worker(programFile(), { argv: [kind] });
  let outbox: ToThread[] | undefined = [];
  let isOver = false;

  function lose(reason: string): void {
    if (isOver) return;
    isOver = true;
    onLost(new Error(`A ${kind} thread ${reason}`));
  }

  worker.onmessage = ({ data }: MessageEvent<FromThread | Ready>) => {
    if (isOver) return;
    if (!('isReady' in data)) {
      onMessage(data);
      return;
    }
    for (const message of outbox ?? []) worker.postMessage(message);
    outbox = undefined;
  };
  worker.onerror = ({ message }) => lose(`broke: ${message}`);
  worker.addEventListener('close', () => lose('ended'));
  return {
    send(message) {
      if (outbox) outbox.push(message);
      else worker.postMessage(message);
    },
    end() {
      isOver = true;
      worker.terminate();
    },
  };
}

/** Inside a thread: takes messages from now on. Answers how to send some. */
export function listen<ToThread, FromThread>(
  handle: (message: ToThread) => void,
): (message: FromThread) => void {
  const scope = globalThis as unknown as Worker;
  scope.onmessage = ({ data }: MessageEvent<ToThread>) => handle(data);
  scope.postMessage({ isReady: true } satisfies Ready);
  return (message) => scope.postMessage(message);
}

/** The file that holds main.ts: inside the binary, or in this checkout. */
function programFile(): string {
  return IS_COMPILED ? Bun.main : fileURLToPath(new URL('../../main.ts', import.meta.url));
}
