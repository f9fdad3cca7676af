import { expect, test } from 'bun:test';
import { toFailure } from '../../src/worker/failure.ts';

test.each([
  ['Out of memory', 'OutOfMemory'],
  // Bun's, where a buffer has no room to become a text.
  ['Failed to allocate memory', 'OutOfMemory'],
  ['Invalid array length', 'RangeError'],
])('a RangeError "%s" is told as %s', (message, type) => {
  expect(toFailure(new RangeError(message)).error_type).toBe(type);
  expect(toFailure(new Error(message)).error_type).toBe('Error');
});
