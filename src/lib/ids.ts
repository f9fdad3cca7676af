/** A new id: UUID version 7 in lower case, so that ids sort by the time they were made. */
export function newId(): string {
  return Bun.randomUUIDv7();
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** True for an id as newId makes it. */
export function isUuidV7(text: string): boolean {
  return UUID_V7.test(text);
}

/** True for a UUID of any version in lower case, as other systems make them. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
