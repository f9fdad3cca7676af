import { isUtf8 } from 'node:buffer';

const NEWLINE = 10;
/** So many that were asked for may be kept. */
const MAX_TAKEN = 1_000;

/** Knows of the bytes of a file what a parser does not tell: where lines end, and which are not UTF-8. */
export interface ByteWatch {
  add(bytes: Uint8Array): void;
  /** What lies before this offset and was not asked for yet. */
  take(end: number): { readonly newlines: number; readonly isUtf8: boolean };
}

export function createByteWatch(): ByteWatch {
  const newlines = createOffsets();
  const broken = createOffsets();
  let size = 0;
  /** The beginning of a character whose end is still to come. */
  let rest: Uint8Array = new Uint8Array(0);

  function findBroken(bytes: Uint8Array): void {
    const whole = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const start = size - rest.length;
    const end = whole.length - unfinishedBytes(whole);
    if (!isUtf8(whole.subarray(0, end))) {
      // Line by line, so that a row is blamed for its own bytes only.
      for (let from = 0; from < end; ) {
        const newline = whole.indexOf(NEWLINE, from);
        const to = newline === -1 || newline >= end ? end : newline + 1;
        if (!isUtf8(whole.subarray(from, to))) broken.add(start + from);
        from = to;
      }
    }
    rest = whole.slice(end);
  }

  return {
    add(bytes) {
      findBroken(bytes);
      for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1))
        newlines.add(size + at);
      size += bytes.length;
    },
    take(end) {
      const count = newlines.takeBelow(end);
      const bad = broken.takeBelow(end);
      const isCut = rest.length > 0 && end >= size;
      return { newlines: count, isUtf8: bad === 0 && !isCut };
    },
  };
}

/** Offsets in the file, ascending; what was asked for is gone. */
function createOffsets() {
  let offsets: number[] = [];
  let next = 0;
  return {
    add(offset: number): void {
      // Not with each that is taken: moving what is left would cost more than all the rest.
      if (next > MAX_TAKEN && next > offsets.length / 2) {
        offsets = offsets.slice(next);
        next = 0;
      }
      offsets.push(offset);
    },
    /** How many lie before this one. */
    takeBelow(end: number): number {
      const first = next;
      while ((offsets[next] ?? end) < end) next++;
      return next - first;
    },
  };
}

/** How many bytes at the end begin a character that is not complete. */
function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}
