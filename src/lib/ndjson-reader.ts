import { type FileFault, MAX_ROW_BYTES } from './file-fault.ts';

/** The lines of a file that hold something, and those that cannot be read. */
export interface LineBatch {
  readonly lines: readonly { readonly line: number; readonly text: string }[];
  readonly faults: readonly FileFault[];
}

const NEWLINE = 10;
/** As much as is made text at once, so that others get their turn between. */
const SLICE_BYTES = 64 * 1024;

/** A file's lines, read piece by piece. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LineBatch> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let lines: LineBatch['lines'][number][] = [];
  let faults: FileFault[] = [];
  let line = 1;
  /** Of a line whose end is still to come. */
  let parts: Uint8Array[] = [];
  let partsBytes = 0;

  function keep(part: Uint8Array): void {
    partsBytes += part.length;
    // What is too long is counted and let go.
    if (partsBytes <= MAX_ROW_BYTES) parts.push(part);
    else parts = [];
  }

  function endLine(): void {
    const refuse = (msg: string) => faults.push({ line, loc: [], msg });
    if (partsBytes > MAX_ROW_BYTES) refuse(`is longer than ${MAX_ROW_BYTES / 1024 / 1024} MB`);
    else {
      try {
        const text = decoder.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts));
        if (text.trim() !== '') lines.push({ line, text });
      } catch {
        refuse('is not valid UTF-8');
      }
    }
    parts = [];
    partsBytes = 0;
    line++;
  }

  for await (const chunk of chunks)
    for (let from = 0; from < chunk.length; from += SLICE_BYTES) {
      const slice = chunk.subarray(from, from + SLICE_BYTES);
      let start = 0;
      for (let at = slice.indexOf(NEWLINE); at !== -1; at = slice.indexOf(NEWLINE, start)) {
        keep(slice.subarray(start, at));
        endLine();
        start = at + 1;
      }
      // A copy: whoever made the chunk may fill it anew.
      if (start < slice.length) keep(slice.slice(start));
      if (lines.length > 0 || faults.length > 0) yield { lines, faults };
      lines = [];
      faults = [];
    }
  if (partsBytes > 0) endLine();
  if (lines.length > 0 || faults.length > 0) yield { lines, faults };
}
