import { defineNumber } from './number.ts';

export const float = defineNumber({
  aliases: ['number'],
  column: 'real',
  isValid: Number.isFinite,
  fault: ['float_type', 'a finite number'],
  jsonType: 'number',
});
