import { readFileSync } from 'node:fs';
import { AppError } from './errors.ts';

export interface EnvEntry {
  readonly value: string;
  readonly line: number;
}

const START = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/;

/** Reads a file of NAME=value lines; see parseEnvFile. */
export function readEnvFile(file: string): ReadonlyMap<string, EnvEntry> {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new AppError(
      'invalid_input',
      reason === 'ENOENT'
        ? `There is no file ${file}, which --env-file names.`
        : `The file of --env-file cannot be read: ${file} (${reason}).`,
    );
  }
  return parseEnvFile(source, file);
}

/**
 * NAME=value, `export NAME=value`, comments with #, values in single quotes (as they stand) or double
 * quotes (with \n, \t, \" and \\); quoted ones may span lines. Nothing is expanded.
 */
export function parseEnvFile(source: string, file: string): ReadonlyMap<string, EnvEntry> {
  const entries = new Map<string, EnvEntry>();
  const lines = source.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const text = lines[index] ?? '';
    if (/^\s*(#|$)/.test(text)) continue;
    const line = index + 1;
    const start = START.exec(text);
    const name = start?.[1];
    // The text itself stays out of the message: it may hold a secret.
    if (!start || name === undefined)
      throw new AppError('invalid_input', `${file}:${line}: expected NAME=value or a comment.`);
    let rest = text.slice(start[0].length);
    const quote = rest[0];
    if (quote !== '"' && quote !== "'") {
      entries.set(name, { value: rest.replace(/(^|\s+)#.*$/, '').trim(), line });
      continue;
    }
    let end = findClosingQuote(rest, quote);
    while (end === -1 && index + 1 < lines.length) {
      rest += `\n${lines[++index]}`;
      end = findClosingQuote(rest, quote);
    }
    if (end === -1)
      throw new AppError('invalid_input', `${file}:${line}: the quote of ${name} is never closed.`);
    if (!/^\s*(#.*)?$/.test(rest.slice(end + 1)))
      throw new AppError(
        'invalid_input',
        `${file}:${line}: unexpected text after ${name}'s quotes.`,
      );
    const inner = rest.slice(1, end);
    entries.set(name, { value: quote === '"' ? decodeEscapes(inner) : inner, line });
  }
  return entries;
}

function findClosingQuote(text: string, quote: string): number {
  for (let index = 1; index < text.length; index++) {
    if (quote === '"' && text[index] === '\\') index++;
    else if (text[index] === quote) return index;
  }
  return -1;
}

function decodeEscapes(text: string): string {
  return text.replaceAll(/\\(.)/gs, (whole, char: string) => {
    if (char === 'n') return '\n';
    if (char === 't') return '\t';
    if (char === 'r') return '\r';
    return char === '"' || char === '\\' || char === '$' ? char : whole;
  });
}
