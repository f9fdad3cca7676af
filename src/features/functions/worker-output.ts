const MAX_LINE_CHARS = 2_000;
const LINES_PER_SECOND = 50;

/**
 * Reads what a worker writes outside of any call, line by line. A flood is read to its end, so that
 * the worker never blocks on a full pipe, but only so many lines a second are passed on.
 */
export async function readOutput(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  let windowStart = performance.now();
  let shown = 0;
  let dropped = 0;
  const pass = (line: string) => {
    const now = performance.now();
    if (now - windowStart >= 1_000) {
      if (dropped > 0) onLine(`[${dropped} further lines were dropped]`);
      windowStart = now;
      shown = 0;
      dropped = 0;
    }
    if (shown++ < LINES_PER_SECOND) onLine(line.slice(0, MAX_LINE_CHARS));
    else dropped++;
  };
  try {
    for await (const chunk of stream) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = (lines.pop() ?? '').slice(-MAX_LINE_CHARS);
      for (const line of lines) if (line !== '') pass(line);
    }
  } catch {
    // The worker was killed while it wrote.
  }
  if (rest !== '') pass(rest);
  if (dropped > 0) onLine(`[${dropped} further lines were dropped]`);
}
