import { type Fault, invalidInput } from '../../../core/errors.ts';
import { countCodePoints } from '../../../lib/code-points.ts';
import type { Filter } from '../store.ts';
import { join, not, toComparison } from './comparison.ts';
import { createLexer, type Token } from './lexer.ts';
import { fitLiteral, type Literal } from './literal.ts';
import { findOperand, type Operand, type QueryContext, quote } from './operand.ts';
import { findOperator, findOperatorFault, type Operator } from './operator.ts';

const LOC = ['query', 'filter'] as const;
const MAX_CHARACTERS = 4_096;
const MAX_LEVELS = 20;
export const MAX_TERMS = 100;
/** Suggesting a name costs a comparison with every field. */
const MAX_SUGGESTIONS = 3;

const NONE: Filter = { op: 'none' };
const WORDS: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ['true', { kind: 'value', value: true }],
  ['false', { kind: 'value', value: false }],
  ['null', { kind: 'value', value: null }],
  ['@now', { kind: 'now' }],
  ['@me', { kind: 'me' }],
]);
/** What people write who come from elsewhere. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['==', '='],
  ['<>', '!='],
  ['&', '&&'],
  ['|', '||'],
  ['and', '&&'],
  ['or', '||'],
  ['not', '!'],
  ['like', '~'],
  ['is', '='],
]);

/** A literal and where it stood. */
interface Written {
  readonly literal: Literal;
  readonly at: number;
}

/** The filter that an expression says; throws every fault at once, up to the first fault of grammar. */
export function parseFilter(source: string, context: QueryContext): Filter {
  // The length in UTF-16 is never below the count of code points nor above its double.
  if (source.length > MAX_CHARACTERS && countCodePoints(source) > MAX_CHARACTERS)
    throw invalidInput([
      { loc: LOC, type: 'too_long', msg: `must have at most ${MAX_CHARACTERS} characters` },
    ]);
  if (!source.isWellFormed())
    throw invalidInput([{ loc: LOC, type: 'string_unicode', msg: 'must be well-formed Unicode' }]);
  const faults: Fault[] = [];
  const filter = createParser(source, context, faults).parse();
  if (faults.length > 0) throw invalidInput(faults);
  return filter;
}

/**
 * One function for each rule of the grammar; recursion is as deep as brackets may nest.
 *
 *     or         = and { "||" and }
 *     and        = term { "&&" term }
 *     term       = { "!" } ( "(" or ")" | comparison )
 *     comparison = name operator value | name "in" "(" value { "," value } ")"
 *     name       = a field or system key, then up to seven keys of dicts, each behind a dot
 *     operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" | "?="
 *     value      = text | number as in JSON | "true" | "false" | "null" | "@now" | "@me"
 *     text       = in single or double quotes; a backslash before ', " or another one takes it as it is
 */
function createParser(source: string, context: QueryContext, faults: Fault[]) {
  const next = createLexer(source);
  let token = next();
  let terms = 0;
  let suggestions = 0;

  function blame(at: number, msg: string, type = 'value_error'): void {
    const position = countCodePoints(source.slice(0, at)) + 1;
    faults.push({ loc: LOC, type, msg: `at character ${position}: ${msg}` });
  }

  /** Behind a fault of grammar nothing can be read. */
  function stop(at: number, msg: string, type = 'filter_syntax'): never {
    blame(at, msg, type);
    throw invalidInput(faults);
  }

  function expected(what: string, hint = ''): never {
    if (token.kind === 'broken') return stop(token.at, token.msg);
    return stop(token.at, `expected ${what}, found ${describe(token)}${hint || hintFor(token)}`);
  }

  function accept(symbol: string): boolean {
    if (token.kind !== 'symbol' || token.text !== symbol) return false;
    token = next();
    return true;
  }

  function countTerm(at: number): void {
    if (++terms > MAX_TERMS) stop(at, `a filter has at most ${MAX_TERMS} terms`, 'too_long');
  }

  function parseOr(level: number): Filter {
    const filters = [parseAnd(level)];
    while (accept('||')) filters.push(parseAnd(level));
    return join('or', filters);
  }

  function parseAnd(level: number): Filter {
    const filters = [parseTerm(level)];
    while (accept('&&')) filters.push(parseTerm(level));
    return join('and', filters);
  }

  function parseTerm(level: number): Filter {
    let isNegated = false;
    while (accept('!')) isNegated = !isNegated;
    const { at } = token;
    const filter = accept('(') ? parseBracket(level + 1, at) : parseComparison();
    return isNegated ? not(filter) : filter;
  }

  function parseBracket(level: number, at: number): Filter {
    if (level > MAX_LEVELS) stop(at, `brackets nest at most ${MAX_LEVELS} levels`, 'too_deep');
    const filter = parseOr(level);
    if (!accept(')')) {
      const opened = countCodePoints(source.slice(0, at)) + 1;
      expected(`&&, || or the ) to the ( at character ${opened}`);
    }
    return filter;
  }

  function parseComparison(): Filter {
    const { at } = token;
    if (token.kind !== 'name' || token.text.startsWith('@')) expected('a field, ! or (');
    const operand = findOperand(token.text, context, suggestions < MAX_SUGGESTIONS);
    if (typeof operand === 'string') {
      suggestions++;
      blame(at, operand);
    }
    token = next();
    const where = token.at;
    const operator = parseOperator();
    const written = operator === 'in' ? parseValues() : ([parseValue()] as const);
    if (typeof operand === 'string') return NONE;
    const fault = findOperatorFault(operand, operator);
    if (fault === undefined) return build(operand, operator, written);
    blame(where, fault);
    return NONE;
  }

  function parseOperator(): Operator {
    const operator =
      token.kind === 'name' || token.kind === 'symbol' ? findOperator(token.text) : undefined;
    if (operator === undefined) expected('an operator such as =, ~ or in');
    token = next();
    return operator;
  }

  function parseValues(): readonly [Written, ...Written[]] {
    if (!accept('(')) expected('( and the values behind in');
    const written: [Written, ...Written[]] = [parseValue()];
    while (accept(',')) written.push(parseValue());
    if (!accept(')')) expected('a comma or )');
    return written;
  }

  function parseValue(): Written {
    const { at } = token;
    countTerm(at);
    const literal = toLiteral(token);
    if (literal === undefined)
      expected("a value such as 'text', 5, true, null, @now or @me", hintForValue(token));
    token = next();
    return { literal, at };
  }

  function build(
    operand: Operand,
    operator: Operator,
    written: readonly [Written, ...Written[]],
  ): Filter {
    const fit = ({ literal, at }: Written) => {
      const fitted = fitLiteral(literal, operand, operator, context);
      if (fitted.kind !== 'unfit') return fitted;
      blame(at, fitted.msg);
      return { kind: 'nobody' } as const;
    };
    const [first, ...others] = written;
    const filter = toComparison(operand.key, operator, [fit(first), ...others.map(fit)]);
    if (typeof filter !== 'string') return filter;
    blame(first.at, filter);
    return NONE;
  }

  return {
    parse(): Filter {
      const filter = parseOr(0);
      if (token.kind !== 'end') expected('&&, || or the end');
      return filter;
    },
  };
}

function toLiteral(token: Token): Literal | undefined {
  if (token.kind === 'text' || token.kind === 'number')
    return { kind: 'value', value: token.value };
  return token.kind === 'name' ? WORDS.get(token.text) : undefined;
}

function describe(token: Exclude<Token, { kind: 'broken' }>): string {
  switch (token.kind) {
    case 'end':
      return 'the end';
    case 'text':
      return `the text ${quote(token.value)}`;
    case 'number':
      return `the number ${token.value}`;
    case 'name':
    case 'symbol':
    case 'unknown':
      return quote(token.text);
    default:
      return token satisfies never;
  }
}

function hintFor(token: Token): string {
  const meant =
    token.kind === 'name' || token.kind === 'unknown'
      ? MEANT.get(token.text.toLowerCase())
      : undefined;
  return meant === undefined ? '' : `; write ${meant}`;
}

function hintForValue(token: Token): string {
  if (token.kind !== 'name') return '';
  return token.text.startsWith('@') ? '' : '; a text stands in quotation marks';
}
