import { defineText } from './text.ts';

const PATTERN = '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$';
const UUID = new RegExp(PATTERN);

/** Of any version: other systems make their own. */
export const uuid = defineText({
  name: 'uuid',
  noun: 'a UUID',
  shortest: 36,
  parse: (text) =>
    UUID.test(text)
      ? { text: text.toLowerCase() }
      : { fault: 'must be a UUID such as 0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b' },
  jsonSchema: { format: 'uuid', pattern: PATTERN },
});
