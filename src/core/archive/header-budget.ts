import type { Extract, Header } from 'tar-stream';

/** Of a tar: POSIX.1-2001, pax interchange format. */
const BLOCK_BYTES = 512;
/** Long names, times and attributes of one file take a few KB; what ends an archive no more. */
const MAX_GAP_BYTES = 64 * 1024;
const MAX_TOTAL_BYTES = 16 * 1024 * 1024;

/** The types leave out where its content begins. */
type PlacedHeader = Header & { readonly byteOffset: number };

/**
 * Bounds what of a tar is no file: the reader takes its headers apart in one go, and of a few hundred
 * KB of zipped ones it would do so for a minute, in which nobody is answered.
 */
export function createHeaderBudget(tar: Extract) {
  let fed = 0;
  /** Where the header after the last entry begins. */
  let next = 0;
  let total = 0;
  tar.on('entry', (header) => {
    const { byteOffset, type, size } = header as PlacedHeader;
    total += byteOffset - next;
    // Of a folder the reader takes no content, whatever its header says.
    const blocks = type === 'directory' ? 0 : Math.ceil(size / BLOCK_BYTES);
    next = byteOffset + blocks * BLOCK_BYTES;
  });
  return {
    /** Told before the reader is given so many bytes more; false when it must not be. */
    allows(bytes: number): boolean {
      fed += bytes;
      return fed - next <= MAX_GAP_BYTES && total <= MAX_TOTAL_BYTES;
    },
  };
}
