import { defineNumber } from './number.ts';

/** Whole numbers that every JSON reader holds exactly: within ±(2^53 − 1). */
export const integer = defineNumber({
  aliases: ['int'],
  column: 'integer',
  isValid: Number.isSafeInteger,
  fault: ['int_type', 'a whole number between -9007199254740991 and 9007199254740991'],
  jsonType: 'integer',
});
