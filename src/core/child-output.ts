const MAX_LINE_CHARS = 2_000;
const WINDOW_MS = 1_000;
const LINES_PER_WINDOW = 50;
/** Beyond that nothing is read until the next window: whoever floods waits, not the server. */
const BYTES_PER_WINDOW = 4 * 1024 * 1024;

/** Reads what another process of ours writes, line by line; of a flood only so much. */
export async function readOutput(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  let windowStart = performance.now();
  let bytes = 0;
  let shown = 0;
  let dropped = 0;
  const openWindow = () => {
    if (dropped > 0) onLine(`[${dropped} further lines were dropped]`);
    windowStart = performance.now();
    bytes = 0;
    shown = 0;
    dropped = 0;
  };
  const pass = (line: string) => {
    if (shown++ < LINES_PER_WINDOW) onLine(line.slice(0, MAX_LINE_CHARS));
    else dropped++;
  };
  try {
    for await (const chunk of stream) {
      if (performance.now() - windowStart >= WINDOW_MS) openWindow();
      bytes += chunk.length;
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = (lines.pop() ?? '').slice(-MAX_LINE_CHARS);
      for (const line of lines) if (line !== '') pass(line);
      if (bytes >= BYTES_PER_WINDOW) {
        await Bun.sleep(Math.max(0, windowStart + WINDOW_MS - performance.now()));
        openWindow();
      }
    }
  } catch {
    // It was killed while it wrote.
  }
  if (rest !== '') pass(rest);
  if (dropped > 0) onLine(`[${dropped} further lines were dropped]`);
}
