import type { Socket } from 'bun';

export interface RawAnswer {
  readonly status: number;
  readonly body: Buffer;
}

interface Waiting {
  resolve(answer: RawAnswer): void;
  reject(error: Error): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One keep-alive TCP connection that speaks as little HTTP/1.1 as measuring needs: one request in
 * flight, answers with a Content-Length. It costs a fraction of fetch, so that the load does not
 * measure its own generator.
 */
export class RawConnection {
  #socket: Socket | undefined;
  #buffered: Buffer | undefined;
  #waiting: Waiting | undefined;

  static async open(hostname: string, port: number): Promise<RawConnection> {
    const connection = new RawConnection();
    connection.#socket = await Bun.connect({
      hostname,
      port,
      socket: {
        data: (_, chunk) => connection.#take(chunk),
        close: () => connection.#fail(new Error('The server closed the connection')),
        error: (_, error) => connection.#fail(error),
      },
    });
    connection.#socket.setNoDelay(true);
    return connection;
  }

  /** Sends a whole request, head and body, and answers with what comes back. */
  send(request: string | Uint8Array): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#socket === undefined) {
        reject(new Error('The connection is closed'));
        return;
      }
      this.#waiting = { resolve, reject };
      const bytes = typeof request === 'string' ? Buffer.from(request) : request;
      // Requests are far smaller than a socket buffer, which is empty while nothing is in flight.
      if (this.#socket.write(bytes) !== bytes.length) this.#fail(new Error('A short write'));
    });
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.end();
  }

  #take(chunk: Uint8Array): void {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const data = this.#buffered === undefined ? fresh : Buffer.concat([this.#buffered, fresh]);
    const headEnd = data.indexOf(HEAD_END);
    if (headEnd < 0) {
      this.#buffered = Buffer.from(data);
      return;
    }
    const head = data.toString('latin1', 0, headEnd);
    const status = Number(head.slice(9, 12));
    const length = readContentLength(head, status);
    if (length === undefined) {
      this.#fail(new Error(`An answer without Content-Length: ${head}`));
      return;
    }
    const end = headEnd + 4 + length;
    if (data.length < end) {
      this.#buffered = Buffer.from(data);
      return;
    }
    this.#buffered = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status, body: Buffer.from(data.subarray(headEnd + 4, end)) });
  }

  #fail(error: Error): void {
    this.#socket = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }
}

function readContentLength(head: string, status: number): number | undefined {
  if (status === 204 || status === 304) return 0;
  const match = /\r\ncontent-length: *(\d+)/i.exec(head);
  return match === null ? undefined : Number(match[1]);
}

/** A whole HTTP/1.1 request as text, for send. */
export function formatRequest(
  method: string,
  path: string,
  options: { readonly host: string; readonly token?: string; readonly body?: unknown },
): string {
  const body = options.body === undefined ? '' : JSON.stringify(options.body);
  const token = options.token === undefined ? '' : `Authorization: Bearer ${options.token}\r\n`;
  const content =
    body === ''
      ? ''
      : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: ${options.host}\r\n${token}${content}\r\n${body}`;
}

/** Sends requests 0…count-1 over some connections, each with one in flight; `onAnswer` sees every answer. */
export async function sendMany(
  hostname: string,
  port: number,
  options: {
    readonly connections: number;
    readonly count: number;
    request(index: number): string;
    onAnswer(answer: RawAnswer, index: number): void;
  },
): Promise<void> {
  let next = 0;
  const work = async () => {
    const connection = await RawConnection.open(hostname, port);
    try {
      for (let index = next++; index < options.count; index = next++) {
        options.onAnswer(await connection.send(options.request(index)), index);
      }
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: options.connections }, work));
}
