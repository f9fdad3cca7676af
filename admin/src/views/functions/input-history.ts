const MOST = 10;
const LONGEST = 100_000;

export interface PastInput {
  readonly at: string;
  /** The JSON that was sent; '' for none. */
  readonly text: string;
}

/** The last inputs of a function: in this tab only, and gone with it. */
export function readInputs(storage: Storage, name: string): readonly PastInput[] {
  try {
    const found: unknown = JSON.parse(storage.getItem(keyOf(name)) ?? '[]');
    return Array.isArray(found) ? found.filter(isPastInput) : [];
  } catch {
    return [];
  }
}

/** Adds one as the latest; the same input is kept once. */
export function addInput(storage: Storage, name: string, input: PastInput): readonly PastInput[] {
  const before = readInputs(storage, name);
  if (input.text.length > LONGEST) return before;
  const next = [input, ...before.filter(({ text }) => text !== input.text)].slice(0, MOST);
  try {
    storage.setItem(keyOf(name), JSON.stringify(next));
  } catch {
    // Full or forbidden: then there is no history.
  }
  return next;
}

function keyOf(name: string): string {
  return `tb.inputs.${name}`;
}

function isPastInput(value: unknown): value is PastInput {
  if (typeof value !== 'object' || value === null || !('at' in value && 'text' in value))
    return false;
  return typeof value.at === 'string' && typeof value.text === 'string';
}
