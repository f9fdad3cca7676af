import { reasonFor } from '../../../../api/error-words.ts';
import { countOf, toNumber } from '../../../../components/ui/times.ts';
import type { BulkOutcome } from './run-batches.ts';

/** What was done and what was not, in a sentence: "312 records deleted, 3 not: …". */
export function bulkWords(
  { done, failed, reason, unsure, isStopped, error }: BulkOutcome,
  verb: 'deleted' | 'changed' | 'changed back',
): string {
  const parts = [`${countOf(done, 'record')} ${verb}`];
  if (failed > 0) parts.push(`${toNumber(failed)} not: ${reason}`);
  let text = parts.join(', ');
  if (isStopped) text = `Stopped. ${text}; the others are as they were`;
  if (error !== undefined) {
    text += `, then it broke off: ${reasonFor(error)}`;
    if (unsure > 0) text += ` Of ${toNumber(unsure)} more it is not known.`;
    text += ' The others are as they were.';
  }
  return text;
}

export function isWhole({ failed, isStopped, error }: BulkOutcome): boolean {
  return failed === 0 && !isStopped && error === undefined;
}
