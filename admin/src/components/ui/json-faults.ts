import type { CodeFault } from './code-fault.ts';

/** Why a text is not JSON, in the place where a reader would look. */
export function jsonFaults(text: string): readonly CodeFault[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const { offset, message } = jsonFault(text, error);
    return [{ ...placeOf(text, offset), message }];
  }
}

export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** What JSON.parse threw; engines say the place as "position 12" or "line 3 column 4". */
export function jsonFault(text: string, error: unknown): { offset: number; message: string } {
  const said = error instanceof Error ? error.message : String(error);
  const why = said
    .replace(/^JSON\.parse: |^JSON Parse error: /, '')
    .replace(/ in JSON at position.*$| \(line.*$/s, '');
  return { offset: offsetIn(text, said), message: `This is not JSON: ${why}.` };
}

function offsetIn(text: string, said: string): number {
  const position = /position (\d+)/.exec(said)?.[1];
  if (position !== undefined) return Number(position);
  const [, line, column] = /line (\d+) column (\d+)/.exec(said) ?? [];
  if (line === undefined) return /end/i.test(said) ? text.length : 0;
  const before = text.split('\n').slice(0, Number(line) - 1);
  return before.reduce((sum, each) => sum + each.length + 1, 0) + Number(column) - 1;
}
