import { closeSync, openSync, readSync } from 'node:fs';

export type FileFormat = 'elf' | 'mach-o' | 'pe';

export interface FileHeader {
  readonly format: FileFormat;
  readonly architecture: string;
  /** The loader that a Linux program asks for. */
  readonly interpreter?: string;
}

/** System V ABI, chapter 4 and 5. */
const ELF_MAGIC = 0x7f454c46;
const ELF_MACHINES: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64' };
const PT_INTERP = 3;
/** <mach-o/loader.h> and <mach/machine.h>. */
const MACH_O_64_MAGIC = 0xfeedfacf;
const MACH_O_CPUS: Readonly<Record<number, string>> = { 16777223: 'x64', 16777228: 'arm64' };
/** Microsoft, PE format. */
const DOS_MAGIC = 0x5a4d;
const PE_MAGIC = 0x00004550;
const PE_MACHINES: Readonly<Record<number, string>> = { 34404: 'x64', 43620: 'arm64' };

const HEAD_BYTES = 64 * 1024;

/** What the first bytes of a program say about where it runs. */
export function readFileHeader(path: string): FileHeader {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, HEAD_BYTES, 0);
  } finally {
    closeSync(file);
  }
  if (head.readUInt32BE(0) === ELF_MAGIC) return readElf(head);
  if (head.readUInt32LE(0) === MACH_O_64_MAGIC)
    return { format: 'mach-o', architecture: name(MACH_O_CPUS, head.readUInt32LE(4)) };
  const pe = head.readUInt16LE(0) === DOS_MAGIC ? head.readUInt32LE(0x3c) : HEAD_BYTES;
  if (pe < HEAD_BYTES - 6 && head.readUInt32LE(pe) === PE_MAGIC)
    return { format: 'pe', architecture: name(PE_MACHINES, head.readUInt16LE(pe + 4)) };
  throw new Error(`${path} is no program of Linux, macOS or Windows.`);
}

function readElf(head: Buffer): FileHeader {
  const architecture = name(ELF_MACHINES, head.readUInt16LE(18));
  const start = Number(head.readBigUInt64LE(32));
  const size = head.readUInt16LE(54);
  for (let index = 0; index < head.readUInt16LE(56); index++) {
    const at = start + index * size;
    if (head.readUInt32LE(at) !== PT_INTERP) continue;
    const offset = Number(head.readBigUInt64LE(at + 8));
    const length = Number(head.readBigUInt64LE(at + 32));
    // It ends with a NUL.
    const interpreter = head.toString('latin1', offset, offset + length - 1);
    return { format: 'elf', architecture, interpreter };
  }
  return { format: 'elf', architecture };
}

function name(names: Readonly<Record<number, string>>, code: number): string {
  return names[code] ?? `machine 0x${code.toString(16)}`;
}
