import { connect } from 'node:net';

/** Ends what never comes, and promises nothing: far longer than any machine takes. */
const PATIENCE_MS = 150_000;

/**
 * Sends bytes as they are, for requests that no client would make; answers all that came until the server
 * ended the connection, or until the text that is the end of the answer.
 */
export function sendRaw(url: string, text: string, end?: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.on('data', (data) => {
      answer += data;
      if (end !== undefined && answer.includes(end)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}
