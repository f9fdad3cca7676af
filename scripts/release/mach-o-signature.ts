// The signature of a Mach-O program: <mach-o/loader.h> of Apple's cctools, <kern/cs_blobs.h> of xnu.
// Bun appends the product to its own executable. For arm64 it signs the result anew; for x64 it leaves
// the signature that no longer fits, and macOS ends a program whose pages are not the ones signed.
import { createHash } from 'node:crypto';

const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const HEADER_BYTES = 32;

const EMBEDDED_SIGNATURE = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const CODE_DIRECTORY_SLOT = 0;
/** The first version that tells where the main program's code lies. */
const CODE_DIRECTORY_VERSION = 0x20400;
const CODE_DIRECTORY_BYTES = 88;
/** Ad hoc, as a linker does it: no certificate, and whoever has one may sign over it. */
const AD_HOC_BY_LINKER = 0x20002;
const MAIN_BINARY = 1n;
const SHA256_BYTES = 32;
const SHA256_TYPE = 2;
const PAGE_SHIFT = 12;
const SUPER_BLOB_BYTES = 20;
const SEGMENT_ALIGNMENT = 0x1000;

interface Layout {
  /** Where the load command of the signature stands, and the signature itself. */
  readonly command: number;
  readonly signature: number;
  /** The load command of the last segment, which holds the signature. */
  readonly linkEdit: number;
  readonly linkEditOffset: number;
  readonly textBytes: bigint;
}

/** The program with an ad-hoc signature that fits its bytes, in the place of the one that it had. */
export function signMachO(program: Buffer, identifier: string): Buffer {
  const layout = readLayout(program);
  const pages = Math.ceil(layout.signature / 2 ** PAGE_SHIFT);
  const hashesAt = CODE_DIRECTORY_BYTES + identifier.length + 1;
  const directoryBytes = hashesAt + pages * SHA256_BYTES;
  const signatureBytes = SUPER_BLOB_BYTES + directoryBytes;

  const signed = Buffer.alloc(layout.signature + signatureBytes);
  program.copy(signed, 0, 0, layout.signature);
  // The load commands are part of the first page: they are written before it is hashed.
  signed.writeUInt32LE(signatureBytes, layout.command + 12);
  const linkEditBytes = signed.length - layout.linkEditOffset;
  const aligned = Math.ceil(linkEditBytes / SEGMENT_ALIGNMENT) * SEGMENT_ALIGNMENT;
  signed.writeBigUInt64LE(BigInt(aligned), layout.linkEdit + 32);
  signed.writeBigUInt64LE(BigInt(linkEditBytes), layout.linkEdit + 48);

  const superBlob = signed.subarray(layout.signature);
  [EMBEDDED_SIGNATURE, signatureBytes, 1, CODE_DIRECTORY_SLOT, SUPER_BLOB_BYTES].forEach(
    (value, index) => {
      superBlob.writeUInt32BE(value, index * 4);
    },
  );
  const directory = superBlob.subarray(SUPER_BLOB_BYTES);
  [
    CODE_DIRECTORY,
    directoryBytes,
    CODE_DIRECTORY_VERSION,
    AD_HOC_BY_LINKER,
    hashesAt,
    CODE_DIRECTORY_BYTES,
    0,
    pages,
    layout.signature,
  ].forEach((value, index) => {
    directory.writeUInt32BE(value, index * 4);
  });
  directory.set([SHA256_BYTES, SHA256_TYPE, 0, PAGE_SHIFT], 36);
  directory.writeBigUInt64BE(layout.textBytes, 72);
  directory.writeBigUInt64BE(MAIN_BINARY, 80);
  directory.write(`${identifier}\0`, CODE_DIRECTORY_BYTES, 'latin1');
  for (let page = 0; page < pages; page++)
    hashPage(signed, page, layout.signature).copy(directory, hashesAt + page * SHA256_BYTES);
  return signed;
}

/** How many pages are signed, and how many of them are not what was signed. */
export function checkMachOSignature(program: Buffer): {
  readonly pages: number;
  readonly wrong: number;
} {
  const { signature } = readLayout(program);
  const blob = program.subarray(signature);
  if (blob.readUInt32BE(0) !== EMBEDDED_SIGNATURE) throw new Error('There is no signature.');
  const directory = findCodeDirectory(blob);
  const limit = directory.readUInt32BE(32);
  const hashesAt = directory.readUInt32BE(16);
  const pages = Math.ceil(signature / 2 ** PAGE_SHIFT);
  let wrong = 0;
  for (let page = 0; page < pages; page++) {
    const at = hashesAt + page * SHA256_BYTES;
    const isSigned = page < directory.readUInt32BE(28) && limit === signature;
    if (!isSigned || !hashPage(program, page, limit).equals(directory.subarray(at, at + 32)))
      wrong++;
  }
  return { pages, wrong };
}

function findCodeDirectory(blob: Buffer): Buffer {
  for (let index = 0; index < blob.readUInt32BE(8); index++) {
    if (blob.readUInt32BE(12 + index * 8) !== CODE_DIRECTORY_SLOT) continue;
    return blob.subarray(blob.readUInt32BE(16 + index * 8));
  }
  throw new Error('The signature has no code directory.');
}

function hashPage(program: Buffer, page: number, limit: number): Buffer {
  const start = page * 2 ** PAGE_SHIFT;
  const end = Math.min(start + 2 ** PAGE_SHIFT, limit);
  return createHash('sha256').update(program.subarray(start, end)).digest();
}

function readLayout(program: Buffer): Layout {
  let at = HEADER_BYTES;
  let command: number | undefined;
  let linkEdit: number | undefined;
  let textBytes = 0n;
  for (let index = 0; index < program.readUInt32LE(16); index++) {
    const kind = program.readUInt32LE(at);
    if (kind === LC_CODE_SIGNATURE) command = at;
    if (kind === LC_SEGMENT_64) {
      const name = program.toString('latin1', at + 8, at + 24).replace(/\0+$/, '');
      if (name === '__TEXT') textBytes = program.readBigUInt64LE(at + 48);
      if (name === '__LINKEDIT') linkEdit = at;
    }
    at += program.readUInt32LE(at + 4);
  }
  if (command === undefined || linkEdit === undefined)
    throw new Error('The program has no place for a signature.');
  return {
    command,
    signature: program.readUInt32LE(command + 8),
    linkEdit,
    linkEditOffset: Number(program.readBigUInt64LE(linkEdit + 40)),
    textBytes,
  };
}
