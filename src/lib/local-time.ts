/**
 * The moment of a local time. One that a zone skips is the first moment after the gap, one that comes
 * twice is the first of the two.
 */
export function toMoment(local: Temporal.PlainDateTime, timezone: string): number {
  const zoned = local.toZonedDateTime(timezone, { disambiguation: 'earlier' });
  if (zoned.toPlainDateTime().equals(local)) return zoned.epochMilliseconds;
  // In a gap the clock was read as it went before: the next change of the zone is the gap itself.
  return (zoned.getTimeZoneTransition('next') ?? zoned).epochMilliseconds;
}

export function toLocal(ms: number, timezone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timezone).toPlainDateTime();
}
