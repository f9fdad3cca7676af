/** The number that was typed, or the text when it is none (or no safe whole one). */
export function readNumber(text: string, isWhole: boolean): number | string {
  const trimmed = text.trim();
  const pattern = isWhole ? /^[+-]?\d+$/ : /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  if (!pattern.test(trimmed)) return text;
  const value = Number(trimmed);
  const fits = isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
  return fits ? value : text;
}
