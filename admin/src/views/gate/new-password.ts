export const SHORTEST = 8;
const LONGEST = 256;

export function countCharacters(password: string): number {
  return [...password].length;
}

/** What is wrong with a new password as far as the app can tell; the server may ask for more. */
export function findPasswordFault(password: string): string | undefined {
  const length = countCharacters(password);
  if (length < SHORTEST) return `At least ${SHORTEST} characters, this has ${length}.`;
  if (length > LONGEST) return `At most ${LONGEST} characters, this has ${length}.`;
  return undefined;
}
