import { basename } from 'node:path';
import type { Logger } from '../../core/logger.ts';
import type { Registry } from './registry.ts';
import type { LoadError } from './schema.ts';

/** Writes what a load brought: errors that were there before it are known already. */
export function logLoad<Pool>(
  logger: Logger,
  before: Registry<Pool>,
  { errors, functions }: Registry<Pool>,
): void {
  const known = new Set(before.errors.map(toLine));
  for (const line of errors.map(toLine)) if (!known.has(line)) logger.error(`Functions: ${line}`);
  if (functions.size > 0 || before.functions.size > 0)
    logger.info(`Functions: ${functions.size} loaded${errors.length > 0 ? ', with errors' : ''}`);
}

function toLine({ file, line, column, message, loaded_version }: LoadError): string {
  if (basename(file) === 'package.json') return `${file}: ${message}`;
  const place = line === null ? file : `${file}:${line}${column === null ? '' : `:${column}`}`;
  const still = loaded_version === 'previous' ? ' Its last good version goes on answering.' : '';
  return `${place} does not load: ${message}${still}`;
}
