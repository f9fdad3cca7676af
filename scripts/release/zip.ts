// The zip archive of PKWARE's APPNOTE 6.3: one writer for one kind of file, because the libraries either
// compress in JavaScript, which takes 20 seconds for a program, or take the local time into the bytes.
import { crc32 } from 'node:zlib';
import { type ArchivedFile, COMPRESSION } from './archived-file.ts';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const VERSION_NEEDED = 20;
/** Made on Unix, so that whoever unpacks it there gets the modes. */
const MADE_BY = (3 << 8) | VERSION_NEEDED;
const UTF8_NAMES = 1 << 11;
const DEFLATE = 8;
const REGULAR_FILE = 0o100000;

/** The files in the order given. */
export function writeZip(files: readonly ArchivedFile[], date: string): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { path, bytes, isProgram } of files) {
    const name = Buffer.from(path);
    const compressed = Bun.deflateSync(bytes, { level: COMPRESSION, library: 'libdeflate' });
    const common = describe({ date, bytes, compressed, name });
    const local = Buffer.alloc(LOCAL_BYTES);
    local.writeUInt32LE(LOCAL_HEADER, 0);
    common.copy(local, 4);
    const central = Buffer.alloc(CENTRAL_BYTES);
    central.writeUInt32LE(CENTRAL_HEADER, 0);
    central.writeUInt16LE(MADE_BY, 4);
    common.copy(central, 6);
    const mode = REGULAR_FILE | (isProgram ? 0o755 : 0o644);
    central.writeUInt32LE((mode << 16) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    parts.push(local, name, compressed);
    directory.push(central, name);
    offset += LOCAL_BYTES + name.length + compressed.length;
  }
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END_OF_DIRECTORY, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, part) => sum + part.length, 0),
    12,
  );
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** What both headers of a file say, in the same order. */
function describe(file: {
  readonly date: string;
  readonly bytes: Uint8Array;
  readonly compressed: Uint8Array;
  readonly name: Buffer;
}): Buffer {
  const [year = 1980, month = 1, day = 1] = file.date.split('-').map(Number);
  const common = Buffer.alloc(LOCAL_BYTES - 4);
  common.writeUInt16LE(VERSION_NEEDED, 0);
  common.writeUInt16LE(UTF8_NAMES, 2);
  common.writeUInt16LE(DEFLATE, 4);
  // Midnight of the day, as MS-DOS counts: from 1980.
  common.writeUInt16LE(((year - 1980) << 9) | (month << 5) | day, 8);
  common.writeUInt32LE(crc32(file.bytes), 10);
  common.writeUInt32LE(file.compressed.length, 14);
  common.writeUInt32LE(file.bytes.length, 18);
  common.writeUInt16LE(file.name.length, 22);
  return common;
}
