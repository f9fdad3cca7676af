import { type Fault, invalidInput } from '../../../core/errors.ts';
import type { Filter } from '../store.ts';
import { join, toComparison } from './comparison.ts';
import { createLexer } from './lexer.ts';
import { fitLiteral, type Literal } from './literal.ts';
import { findOperand, type Operand, type QueryContext, quote } from './operand.ts';
import { MAX_TERMS } from './parser.ts';

const PARAMETER = /^filter\[(.*)\]$/s;
const MAX_SUGGESTIONS = 3;

/** One parameter `filter[title]=x`. */
export type Equality = readonly [parameter: string, text: string];

/**
 * The rows that have all of these values. Each text is read by its field's type alone: there is no null,
 * no `@me` and no quotation mark.
 */
export function parseEqualities(equalities: readonly Equality[], context: QueryContext): Filter {
  const faults: Fault[] = [];
  if (equalities.length > MAX_TERMS)
    throw invalidInput([
      { loc: ['query'], type: 'too_long', msg: `must have at most ${MAX_TERMS} filters` },
    ]);
  let unknown = 0;
  const filters: Filter[] = [];
  for (const [parameter, text] of equalities) {
    const name = PARAMETER.exec(parameter)?.[1] ?? '';
    const operand = findOperand(name, context, unknown < MAX_SUGGESTIONS);
    const filter = typeof operand === 'string' ? operand : equal(operand, text, context);
    if (typeof filter !== 'string') filters.push(filter);
    else {
      if (typeof operand === 'string') unknown++;
      faults.push({ loc: ['query', parameter], type: 'value_error', msg: filter });
    }
  }
  if (faults.length > 0) throw invalidInput(faults);
  return join('and', filters);
}

function equal(operand: Operand, text: string, context: QueryContext): Filter | string {
  if (!text.isWellFormed()) return `${quote(text)} is not well-formed Unicode`;
  const fitted = fitLiteral(readText(operand, text), operand, '=', context);
  return fitted.kind === 'unfit' ? fitted.msg : toComparison(operand.key, '=', [fitted]);
}

function readText({ field }: Operand, text: string): Literal {
  switch (field?.type) {
    case 'boolean':
      return { kind: 'value', value: text === 'true' || (text === 'false' ? false : text) };
    case 'integer':
    case 'float': {
      const next = createLexer(text);
      const token = next();
      const isNumber = token.kind === 'number' && next().kind === 'end';
      return { kind: 'value', value: isNumber ? token.value : text };
    }
    default:
      return { kind: 'value', value: text };
  }
}
