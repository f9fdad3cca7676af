import { findAnswerFault } from '../protocol/http-answer.ts';
import type { AnsweredCall } from '../protocol/messages.ts';
import type { HttpAnswer } from '../sdk/http-answer.ts';

/** Makes an HttpAnswer ready for the pipe; a text says why that cannot be, as the end of a sentence. */
export function toAnsweredCall(answer: HttpAnswer): AnsweredCall | string {
  const body = toBody(answer.body);
  if (body === undefined) return `has a body that is no text, Uint8Array, ArrayBuffer or null`;
  const headers = toPairs(answer.headers);
  if (typeof headers === 'string') return headers;
  const answered = { status: 'answered', http_status: answer.status, headers, body } as const;
  return findAnswerFault(answered) ?? answered;
}

function toBody(body: unknown): string | Uint8Array | undefined {
  if (typeof body === 'string') return body;
  if (body === null || body === undefined) return '';
  // A copy: the memory around a view, which crosses the pipe with it, is nobody's business.
  if (body instanceof Uint8Array) return new Uint8Array(body);
  return body instanceof ArrayBuffer ? new Uint8Array(body) : undefined;
}

function toPairs(headers: unknown): (readonly [string, string])[] | string {
  if (typeof headers !== 'object' || headers === null)
    return 'has headers that are no object of names and values';
  const given: Iterable<unknown> =
    Symbol.iterator in headers ? (headers as Iterable<unknown>) : Object.entries(headers);
  const pairs: (readonly [string, string])[] = [];
  for (const pair of given) {
    const [name, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof name !== 'string') return 'has headers that are no pairs of name and value';
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof one !== 'string')
        return `has the header ${JSON.stringify(name)}, whose value is no text`;
      pairs.push([name, one]);
    }
  }
  return pairs;
}
