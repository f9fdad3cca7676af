interface ReadText {
  readonly text: string;
  /** Which encoding was guessed, when the bytes do not say. */
  readonly note?: string;
}

/** UTF-8, UTF-16 that says so, else what spreadsheets of the west write when nobody asks them. */
export function readText(bytes: Uint8Array<ArrayBuffer>): ReadText {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return { text: new TextDecoder('utf-16le').decode(bytes) };
  if (first === 0xfe && second === 0xff) return { text: new TextDecoder('utf-16be').decode(bytes) };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return {
      text: new TextDecoder('windows-1252').decode(bytes),
      note: 'It is not UTF-8 and was read as Windows-1252: look whether ä, é and € are right.',
    };
  }
}
