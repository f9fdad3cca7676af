import { findNearest } from './nearest.ts';

/** How many names a message offers. */
const MAX_OFFERED = 3;
/** Letters first: JavaScript would take an offset such as +02:00 as well, which has no summer time. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,99}$/;

/** What is wrong with the name of a time zone, to follow "must be …", or undefined. */
export function findZoneFault(name: string): string | undefined {
  if (NAME.test(name) && isZone(name)) return undefined;
  const offered = findSimilar(name);
  const hint = offered.length > 0 ? `; did you mean ${offered.join(' or ')}?` : '';
  return `a time zone of the IANA list, such as Europe/Berlin or UTC${hint}`;
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Names with the typed word as their city come first: who types Berlin means Europe/Berlin. */
function findSimilar(name: string): readonly string[] {
  const zones = Intl.supportedValuesOf('timeZone');
  const typed = name.slice(0, 100).replaceAll(' ', '_').toLowerCase();
  const city = typed.split('/').at(-1) ?? typed;
  const sameCity = zones.filter((zone) => zone.toLowerCase().split('/').at(-1) === city);
  const nearest = findNearest(typed, zones);
  const nearestCity = findNearest(
    city,
    zones.map((zone) => zone.split('/').at(-1) ?? zone),
  );
  const sameNearestCity = zones.filter((zone) => zone.split('/').at(-1) === nearestCity);
  return [
    ...new Set([...sameCity, ...(nearest === undefined ? [] : [nearest]), ...sameNearestCity]),
  ].slice(0, MAX_OFFERED);
}
