/** The only source of time for features, so that tests can set it. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** A time as the API writes it: RFC 3339, UTC, milliseconds. */
export function toTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}

/** The later of two times that are written by toTimestamp: such texts sort by time. */
export function laterOf(a: string, b: string): string {
  if (a > b) return a;
  return b;
}
