import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { findAddress, toNetwork } from '../../src/lib/ip-address.ts';

describe('one caller is one network', () => {
  for (const [address, network] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['64:ff9b::203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:0:0:0:0', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    // What is no address is itself: a request that is handled in memory has none.
    ['', ''],
    ['a:b', 'a:b'],
  ] as const)
    test(`${address || 'nothing'} is ${network || 'nothing'}`, () => {
      expect(toNetwork(address)).toBe(network);
    });

  test('every address of a /64 is one caller, however it is written, and no other network is', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV6(), fc.boolean(), (one, other, isUpper) => {
        const groups = fullGroups(one);
        const twin = [...groups.slice(0, 4), ...fullGroups(other).slice(4)].join(':');
        // Those that stand for an IPv4 address, and their neighbours.
        fc.pre([one, other].every((address) => !/^(0000|0064)/.test(fullGroups(address).join())));
        expect(toNetwork(isUpper ? twin.toUpperCase() : twin)).toBe(toNetwork(one));
        const samePrefix = fullGroups(other).slice(0, 4).join() === groups.slice(0, 4).join();
        expect(toNetwork(other) === toNetwork(one)).toBe(samePrefix);
      }),
    );
  });

  test('an IPv4 address is the same caller when it comes mapped into IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(toNetwork(`::ffff:${address}`)).toBe(address);
      }),
    );
  });
});

describe('an entry of X-Forwarded-For', () => {
  for (const [entry, address] of [
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['unknown', undefined],
    ['_hidden', undefined],
    ['', undefined],
    ['1.2.3', undefined],
    ['1.2.3.4.5:6', undefined],
    ['[]', undefined],
    ['[1.2.3.4', undefined],
    ['1.2.3.4\n', undefined],
  ] as const)
    test(`${JSON.stringify(entry)} is ${address ?? 'no address'}`, () => {
      expect(findAddress(entry)).toBe(address);
    });
});

/** Eight groups of four digits. */
function fullGroups(address: string): readonly string[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a, b, c, d] = bytes
      .slice(0, 4)
      .map((byte) => Number(byte).toString(16).padStart(2, '0'));
    return `${a}${b}:${c}${d}`;
  });
  const [head = '', tail = ''] = hex.split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = tail.split(':').filter((group) => group !== '');
  const gap = hex.includes('::') ? 8 - before.length - after.length : 0;
  return [...before, ...Array.from({ length: gap }, () => '0'), ...after].map((group) =>
    group.padStart(4, '0').toLowerCase(),
  );
}
