/** A new id: UUID version 7 in lower case, so that ids sort by the time they were made. */
export function newId(): string {
  return Bun.randomUUIDv7();
}
