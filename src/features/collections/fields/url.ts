import { defineText } from './text.ts';

/** With what a URL parser would drop or turn around left out: spaces, control characters, backslashes. */
const PATTERN = '^[Hh][Tt][Tt][Pp][Ss]?://[^\\p{Z}\\p{C}/\\\\?#][^\\p{Z}\\p{C}\\\\]*$';
const WEB_ADDRESS = new RegExp(PATTERN, 'u');

/** Of the web alone: a link `javascript:…` would run in the page that shows it. */
export const url = defineText({
  name: 'url',
  noun: 'a URL',
  shortest: 'http://a'.length,
  parse: (text) =>
    WEB_ADDRESS.test(text) && URL.canParse(text)
      ? { text }
      : { fault: 'must be a whole URL with http or https, such as https://example.com/a' },
  jsonSchema: { format: 'uri', pattern: PATTERN },
});
