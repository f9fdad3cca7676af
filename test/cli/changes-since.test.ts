import { describe, expect, test } from 'bun:test';
import { describeUpgrade } from '../../src/cli/changes-since.ts';

const TEXT = `# Changelog

All notable changes.

## Unreleased

### Added

- Not out yet.

## 2.0.0 - 2031-01-01

### Added

- Doors, and \`windows\`. They open. ([house](docs/house.md), [doors](docs/doors.md#open))
- A roof of a very long sentence that goes on and on over the edge of every terminal there is, without an end

### Changed

- **Stairs** go up: both
  ways. Walk.

### Security

- Locks lock.

## 1.5.0 - 2030-06-01

### Fixed

- The bell rings.

## 1.0.0 - 2030-01-01

### Added

- The house.
`;

const from = (version: string, to: string, text = TEXT) =>
  describeUpgrade({ from: version, to, text }).split('\n');

describe('what changed since the version before', () => {
  test('every version in between, what matters first, a sentence each', () => {
    expect(from('1.0.0', '2.0.0')).toEqual([
      'TinyBase 2.0.0 serves this data now; it was 1.0.0 before. What changed:',
      '- Security: Locks lock',
      '- Stairs go up',
      '- Doors, and windows',
      '- A roof of a very long sentence that goes on and on over the edge of every…',
      '- The bell rings',
      'All of it in full: tinybase version --changes',
    ]);
  });

  test('only up to the version that runs', () => {
    expect(from('1.0.0', '1.5.0')).toContain('- The bell rings');
    expect(from('1.0.0', '1.5.0').join()).not.toContain('Doors');
  });

  test('what is not released belongs to a version without a part of its own', () => {
    expect(from('2.0.0', '2.1.0')).toContain('- Not out yet');
    expect(from('1.5.0', '2.0.0').join()).not.toContain('Not out yet');
  });

  test('a few lines, however much there is', () => {
    const many = `## 2.0.0\n\n### Added\n\n${'- A thing.\n'.repeat(50)}`;
    const lines = from('1.0.0', '2.0.0', many);
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe('42 more, and all of it in full: tinybase version --changes');
  });

  test('a step back is said, and lists nothing', () => {
    expect(from('2.0.0', '1.5.0')[0]).toContain('2.0.0 before, which is newer than this 1.5.0');
    expect(from('2.0.0', '1.5.0')).toHaveLength(2);
  });

  test('attack: the version in a stranger’s database steers the terminal', () => {
    expect(from('\u001b[2J1.0.0', '2.0.0').join()).not.toContain('\u001b');
  });

  test('a step up with nothing to tell is one line', () => {
    expect(from('1.5.0', '1.5.1', '# Changelog\n')).toHaveLength(1);
  });
});
