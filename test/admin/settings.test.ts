import { expect, test } from 'bun:test';
import { originWords } from '../../admin/src/views/settings/origin-words.ts';

test('an origin reads as the end of a sentence', () => {
  expect(originWords('tinybase.toml:12')).toBe('in tinybase.toml, line 12');
  expect(originWords('TINYBASE_AUTH_REGISTRATION')).toBe(
    'by the variable TINYBASE_AUTH_REGISTRATION',
  );
  expect(originWords('TINYBASE_AUTH_REGISTRATION (prod.env:2)')).toBe(
    'by TINYBASE_AUTH_REGISTRATION in prod.env, line 2',
  );
  expect(originWords('--port')).toBe('by the flag --port');
});
