/** A file as it is put into an archive. */
export interface ArchivedFile {
  /** From the root of the archive. */
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isProgram?: boolean;
}

export const COMPRESSION = 6;
