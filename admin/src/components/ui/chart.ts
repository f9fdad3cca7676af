/** One bar of a chart over time. */
export interface Bar {
  readonly start: Date;
  readonly total: number;
  readonly failed: number;
}

/** A stretch of time that somebody chose in a chart. */
export interface Span {
  readonly start: Date;
  readonly end: Date;
}

/** What is pointed at, by the places of bars: one, or all from `from` on. */
export interface Pointed {
  readonly at: number;
  readonly from?: number | undefined;
}

const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10] as const;
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const DAY_S = 86_400;

/** The lines of the y axis from the top to 0: whole numbers, evenly apart, three steps. */
export function yTicks(highest: number): number[] {
  const rough = Math.max(1, highest / 3);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    STEPS.map((each) => each * power).find((each) => each >= rough && Number.isInteger(each)) ??
    10 * power;
  return [3 * step, 2 * step, step, 0];
}

/** Texts under the chart, evenly apart: times within a day or so, else days; the last is now. */
export function xLabels(start: Date, spanSeconds: number): string[] {
  const format = spanSeconds > 2 * DAY_S ? day : clock;
  const parts = spanSeconds === 7 * DAY_S ? 7 : 6;
  const labels = Array.from({ length: parts }, (_, index) =>
    format.format(new Date(start.getTime() + (index * spanSeconds * 1000) / parts)),
  );
  return [...labels, 'now'];
}

/** "14:00 to 14:30", and the day before it where the chart spans several. */
export function bucketName(start: Date, seconds: number, hasDay: boolean): string {
  const end = new Date(start.getTime() + seconds * 1000);
  const times = `${clock.format(start)} to ${clock.format(end)}`;
  if (!hasDay) return times;
  const isLong = seconds > DAY_S;
  return isLong
    ? `${day.format(start)}, ${clock.format(start)} to ${day.format(end)}, ${clock.format(end)}`
    : `${day.format(start)}, ${times}`;
}

export interface Shape {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the two parts of a bar stand in a drawing of this size; the failed one stands below. */
export function shapesOf(
  bars: readonly Bar[],
  top: number,
  { width, height }: { width: number; height: number },
): { ok: Shape | undefined; failed: Shape | undefined }[] {
  const slot = width / Math.max(1, bars.length);
  const scale = height / Math.max(1, top);
  // However few failed, they must be seen.
  const least = height / 76;
  return bars.map(({ total, failed }, index) => {
    const box = { x: index * slot + slot * 0.1, width: slot * 0.8 };
    const low = failed === 0 ? 0 : Math.max(failed * scale, least);
    const whole = total === 0 ? 0 : Math.max(total * scale, low, least);
    const high = whole - low;
    return {
      ok: total > failed && high > 0 ? { ...box, y: height - whole, height: high } : undefined,
      failed: failed > 0 ? { ...box, y: height - low, height: low } : undefined,
    };
  });
}

/** The first and the last bar that are pointed at. */
export function endsOf({ at, from = at }: Pointed): readonly [first: number, last: number] {
  return [Math.min(at, from), Math.max(at, from)];
}

/** ← → and Home, End go from bar to bar; with Shift they take those between along. */
export function movePointed(
  pointed: Pointed | undefined,
  { key, shiftKey }: { readonly key: string; readonly shiftKey: boolean },
  last: number,
): Pointed | undefined {
  const at = pointed?.at ?? last;
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[key];
  if (next === undefined) return undefined;
  const bounded = Math.max(0, Math.min(last, next));
  return shiftKey ? { at: bounded, from: pointed?.from ?? at } : { at: bounded };
}

/** The bars that are pointed at, as one: its time and its counts. */
export function sumOf(
  bars: readonly Bar[],
  pointed: Pointed,
  bucketSeconds: number,
): (Span & Omit<Bar, 'start'>) | undefined {
  const [first, last] = endsOf(pointed);
  const chosen = bars.slice(first, last + 1);
  const [head] = chosen;
  if (!head) return undefined;
  return {
    start: head.start,
    end: new Date(head.start.getTime() + chosen.length * bucketSeconds * 1000),
    total: chosen.reduce((sum, { total }) => sum + total, 0),
    failed: chosen.reduce((sum, { failed }) => sum + failed, 0),
  };
}
