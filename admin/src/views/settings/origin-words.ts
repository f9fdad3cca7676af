/** `tinybase.toml:12` and the like, as the end of "Set …". */
export function originWords(origin: string): string {
  const line = /^([^()]+):(\d+)$/.exec(origin);
  if (line) return `in ${line[1]}, line ${line[2]}`;
  const inFile = /^(\w+) \((.+):(\d+)\)$/.exec(origin);
  if (inFile) return `by ${inFile[1]} in ${inFile[2]}, line ${inFile[3]}`;
  return origin.startsWith('-') ? `by the flag ${origin}` : `by the variable ${origin}`;
}
