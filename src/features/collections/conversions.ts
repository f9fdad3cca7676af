import type { JsonValue } from '../../lib/json-value.ts';
import type { FieldKind } from './fields/field-type.ts';

/**
 * Brings a stored value of one type into another, as far as nothing of it is lost. What cannot be
 * converted stays as it is; the check of the new type refuses it then, in its own words.
 */
export type Convert = (value: JsonValue) => JsonValue;

const WHOLE = /^(?:0|-?[1-9]\d*)$/;
/** As JSON writes numbers. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** A double keeps so many decimal digits, whatever they are. */
const SAFE_DIGITS = 15;
const MIDNIGHT = 'T00:00:00.000Z';

const toText: Convert = (value) => String(value);

/** By type before and after; between all others a value stays what it is. */
const CONVERSIONS: Partial<Record<FieldKind, Partial<Record<FieldKind, Convert>>>> = {
  integer: { string: toText },
  float: { string: toText },
  boolean: { string: toText },
  string: { integer: ofText(toWhole), float: ofText(toNumber), boolean: ofText(toBoolean) },
  date: { datetime: ofText((text) => `${text}${MIDNIGHT}`) },
  datetime: {
    date: ofText((text) => (text.endsWith(MIDNIGHT) ? text.slice(0, -MIDNIGHT.length) : text)),
  },
};

/** Undefined when values stay what they are. */
export function findConversion(from: FieldKind, to: FieldKind): Convert | undefined {
  return CONVERSIONS[from]?.[to];
}

function ofText(convert: (text: string) => JsonValue): Convert {
  return (value) => (typeof value === 'string' ? convert(value) : value);
}

function toWhole(text: string): JsonValue {
  return WHOLE.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text;
}

function toNumber(text: string): JsonValue {
  if (!NUMBER.test(text)) return text;
  const number = Number(text);
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+|0+$/g, '');
  const isExact =
    Number.isFinite(number) && digits.length <= SAFE_DIGITS && (number !== 0) === (digits !== '');
  return isExact || String(number) === text ? number : text;
}

function toBoolean(text: string): JsonValue {
  if (text === 'true') return true;
  return text === 'false' ? false : text;
}
