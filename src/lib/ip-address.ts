import { isIP } from 'node:net';

/**
 * The address in an entry of X-Forwarded-For. Some proxies add the port; undefined for what is no
 * address at all, such as `unknown`.
 */
export function findAddress(entry: string): string | undefined {
  const bare = /^\[(.*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
  return isIP(bare) === 0 ? undefined : bare;
}

/**
 * What counts as one caller: an IPv4 address, however it is written, or the /64 network of an IPv6
 * address, since whoever has one address of it has all of them.
 */
export function toNetwork(address: string): string {
  if (!address.includes(':')) return address;
  const groups = toGroups(address);
  if (groups === undefined) return address;
  // ::ffff:a.b.c.d, and 64:ff9b::a.b.c.d of a translating gateway (RFC 6052).
  const prefix = groups.slice(0, 6).join(':');
  if (prefix === '0:0:0:0:0:ffff' || prefix === '64:ff9b:0:0:0:0')
    return groups.slice(6).flatMap(toBytes).join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups, without leading zeros; undefined for what is no IPv6 address. */
function toGroups(address: string): readonly string[] | undefined {
  if (isIP(address) !== 6) return undefined;
  // By hand, as the URL parser of Bun 1.4 refuses some addresses with an IPv4 tail.
  const hex = address
    // The name of an interface is no part of the number.
    .replace(/%.*$/, '')
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${toGroup(a, b)}:${toGroup(c, d)}`);
  const [before = [], after = []] = hex
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':')));
  const gap = 8 - before.length - after.length;
  return [...before, ...Array.from({ length: gap }, () => '0'), ...after].map((group) =>
    Number.parseInt(group, 16).toString(16),
  );
}

function toGroup(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}

function toBytes(group: string): readonly number[] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}
