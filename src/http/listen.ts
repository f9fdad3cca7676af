import { AppError } from '../core/errors.ts';
import type { Connection } from './request-context.ts';

export type BunServer = Bun.Server<undefined>;

/** Our own limits answer first, with JSON; Bun's would end the connection with an empty body. */
const NO_LIMIT_OF_BUN = Number.MAX_SAFE_INTEGER;
const IDLE_SECONDS = 255;
const STOP_MS = 10_000;

/** Opens the port; what stands in the way becomes an error that says what to do. */
export function listenOn(
  { host, port }: { readonly host: string; readonly port: number },
  fetch: (request: Request, connection: Connection) => Response | Promise<Response>,
): BunServer {
  try {
    return Bun.serve({
      hostname: host,
      port,
      // A compiled program is otherwise in development mode and answers errors with its sources.
      development: false,
      // With development off Bun 1.4 shares the port by default: a second server would start unnoticed.
      reusePort: false,
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: NO_LIMIT_OF_BUN,
      fetch,
    });
  } catch (error) {
    throw toListenError(error, host, port);
  }
}

/** Idle keep-alive connections are closed at once; what is still running after 10 s is cut off. */
export async function stopGracefully(server: BunServer): Promise<void> {
  let timer: Timer | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, STOP_MS);
  });
  await Promise.race([server.stop(false), late]);
  clearTimeout(timer);
  await server.stop(true);
}

function toListenError(error: unknown, host: string, port: number): AppError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return new AppError('conflict', explain(String(code), host, port), { cause: error });
}

function explain(code: string, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is already in use. Choose another with --port or stop the other program.`;
    case 'EACCES':
      return `Port ${port} may not be opened: ports below 1024 need special rights. Choose another with --port.`;
    case 'EADDRNOTAVAIL':
      return `The address ${host} does not belong to this machine. Choose another with --host; 0.0.0.0 is all of them.`;
    default:
      return `Cannot listen on ${host}, port ${port} (${code}). Give --host an address of this machine; 0.0.0.0 is all of them.`;
  }
}
