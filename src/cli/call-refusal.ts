import { AppError, type Fault } from '../core/errors.ts';
import { formatTable } from './output.ts';

/** A refusal with its faults one below the other, each with its place in the payload. */
export function toRefusal(error: unknown, name: string): unknown {
  if (!(error instanceof AppError) || error.faults === undefined) return error;
  return refusedPayload(name, error.faults);
}

export function refusedPayload(name: string, faults: readonly Fault[]): AppError {
  const rows = faults.map(({ loc, msg }) => {
    const place = loc[0] === 'body' ? loc.slice(1) : loc;
    return ['', place.join('.') || '(all of it)', msg];
  });
  const message = `${name} does not take this payload:\n${formatTable(rows)}`;
  return new AppError('invalid_input', message, { faults });
}
