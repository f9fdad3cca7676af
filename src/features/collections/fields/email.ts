import {
  EMAIL_PATTERN,
  findEmailFault,
  MAX_EMAIL_LENGTH,
  normalizeEmail,
} from '../../../lib/email.ts';
import { defineText } from './text.ts';

export const email = defineText({
  name: 'email',
  noun: 'an e-mail address',
  shortest: 'a@b.c'.length,
  parse(text) {
    const normal = normalizeEmail(text);
    const fault = findEmailFault(normal);
    return fault === undefined ? { text: normal } : { fault };
  },
  jsonSchema: { format: 'email', pattern: EMAIL_PATTERN, maxLength: MAX_EMAIL_LENGTH },
});
