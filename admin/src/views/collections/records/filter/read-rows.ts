import type {
  Comparison,
  Condition,
  FilterRow,
  FilterRows,
  FilterValue,
  Group,
  Join,
} from './rows.ts';
import { isGroup, NO_ROWS } from './rows.ts';
import { readTokens, type Token } from './tokens.ts';

/** What stands between brackets, or at the top. */
interface Level {
  readonly join: Join;
  readonly rows: readonly FilterRow[];
}

const COMPARISONS: readonly string[] = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '~',
  '!~',
  '?=',
] satisfies Comparison[];

/** Thrown and caught here alone: the text says more than rows can. */
class TooRich extends Error {}

/** The rows that say what the text says; undefined when it is too rich for them, or has a fault. */
export function readRows(text: string): FilterRows | undefined {
  if (text.trim() === '') return NO_ROWS;
  const tokens = readTokens(text);
  if (!tokens) return undefined;
  try {
    return createReader(tokens).read();
  } catch (error) {
    if (error instanceof TooRich) return undefined;
    throw error;
  }
}

function createReader(tokens: readonly Token[]) {
  let at = 0;

  function accept(sign: string): boolean {
    const token = tokens[at];
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    at += 1;
    return true;
  }

  /** Alternatives of joined rows: `a && b || c` is a group and a row. */
  function readLevel(isTop: boolean): Level {
    const parts = [readAnd(isTop)];
    while (accept('||')) parts.push(readAnd(isTop));
    const [only] = parts;
    if (parts.length === 1 && only) return { join: 'and', rows: only };
    return {
      join: 'or',
      rows: parts
        .map((rows) => (rows.length === 1 ? rows[0] : toGroup(rows, isTop)))
        .filter((row) => row !== undefined),
    };
  }

  function readAnd(isTop: boolean): FilterRow[] {
    const rows = [readTerm(isTop)];
    while (accept('&&')) rows.push(readTerm(isTop));
    return rows;
  }

  function readTerm(isTop: boolean): FilterRow {
    if (!accept('(')) return readComparison();
    const level = readLevel(false);
    if (!accept(')')) throw new TooRich();
    const between = toBetween(level);
    if (between) return between;
    if (!isTop) throw new TooRich();
    return { join: level.join, conditions: level.rows.map(toCondition) };
  }

  function readComparison(): Condition {
    const token = tokens[at];
    if (token?.kind !== 'name' || token.text.startsWith('@')) throw new TooRich();
    at += 1;
    const sign = tokens[at];
    at += 1;
    if (sign?.kind === 'name' && sign.text === 'in')
      return { name: token.text, operator: 'in', values: readValues() };
    if (sign?.kind !== 'sign' || !isComparison(sign.text)) throw new TooRich();
    const value = readValue();
    if (value !== null) return { name: token.text, operator: sign.text, values: [value] };
    if (sign.text !== '=' && sign.text !== '!=') throw new TooRich();
    return { name: token.text, operator: sign.text === '=' ? 'null' : 'not null', values: [] };
  }

  function readValues(): readonly FilterValue[] {
    if (!accept('(')) throw new TooRich();
    const values: FilterValue[] = [];
    do {
      const value = readValue();
      if (value === null) throw new TooRich();
      values.push(value);
    } while (accept(','));
    if (!accept(')')) throw new TooRich();
    return values;
  }

  function readValue(): FilterValue | null {
    const token = tokens[at];
    at += 1;
    if (token?.kind === 'text' || token?.kind === 'number') return token.value;
    switch (token?.text) {
      case 'true':
      case 'false':
        return token.text === 'true';
      case 'null':
        return null;
      case '@now':
      case '@me':
        return { word: token.text };
      default:
        throw new TooRich();
    }
  }

  return {
    read(): FilterRows {
      const level = readLevel(true);
      if (at < tokens.length) throw new TooRich();
      return level;
    },
  };
}

function isComparison(text: string): text is Comparison {
  return COMPARISONS.includes(text);
}

function toCondition(row: FilterRow): Condition {
  if (isGroup(row)) throw new TooRich();
  return row;
}

function toGroup(rows: readonly FilterRow[], isTop: boolean): Group {
  if (!isTop) throw new TooRich();
  return { join: 'and', conditions: rows.map(toCondition) };
}

/** `(a >= 1 && a <= 5)` is one row. */
function toBetween({ join, rows }: Level): Condition | undefined {
  const [from, to] = rows;
  if (join !== 'and' || rows.length !== 2 || !from || !to || isGroup(from) || isGroup(to))
    return undefined;
  const isRange = from.operator === '>=' && to.operator === '<=' && from.name === to.name;
  return isRange
    ? { name: from.name, operator: 'between', values: [...from.values, ...to.values] }
    : undefined;
}
