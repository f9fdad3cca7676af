import { closeSync, openSync, readSync } from 'node:fs';

/** Where a row lies in the file, to read it once more. */
interface Place {
  readonly start: number;
  readonly length: number;
}
export interface SpooledRow<Row> {
  readonly row: Row;
  readonly place: Place;
}

export interface SpoolFile<Row> {
  /** All rows, in their order; only so much of the file is in memory as was read at once. */
  rows(): Generator<SpooledRow<Row>>;
  read(place: Place): SpooledRow<Row>;
  close(): void;
}

const READ_BYTES = 256 * 1024;
const NEWLINE = 10;

/** Opens a file of lines, each the JSON of a row; see core/spool.ts. */
export function openSpoolFile<Row>(path: string): SpoolFile<Row> {
  const file = openSync(path, 'r');

  function readAt({ start, length }: Place): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const count = readSync(file, bytes, filled, length - filled, start + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  }

  return {
    *rows() {
      let rest: Buffer = Buffer.alloc(0);
      /** Of the rest, in the file. */
      let start = 0;
      for (;;) {
        const more = readAt({ start: start + rest.length, length: READ_BYTES });
        if (more.length === 0) return;
        const bytes = rest.length === 0 ? more : Buffer.concat([rest, more]);
        let from = 0;
        for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, from)) {
          const row: Row = JSON.parse(bytes.toString('utf8', from, at));
          yield { row, place: { start: start + from, length: at - from } };
          from = at + 1;
        }
        rest = bytes.subarray(from);
        start += from;
      }
    },
    read: (place) => ({ row: JSON.parse(readAt(place).toString('utf8')), place }),
    close: () => closeSync(file),
  };
}
