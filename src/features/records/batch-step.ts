import { type Fault, invalidInput } from '../../core/errors.ts';
import { isPlainObject } from '../../lib/json-value.ts';
import { parseIfMatch } from './answer.ts';
import { BATCH_METHODS } from './schema.ts';
import type { CreateOptions } from './write-plans.ts';

interface OfRecord {
  readonly collection: string;
  readonly id: string;
  readonly ifRevisions: readonly number[] | undefined;
}

/** One request of a batch. */
type BatchStep =
  | ({
      readonly method: 'POST';
      readonly collection: string;
      readonly data: unknown;
    } & CreateOptions)
  | ({ readonly method: 'PATCH'; readonly data: unknown } & OfRecord)
  | ({ readonly method: 'DELETE' } & OfRecord);

/** What a request of each method may hold. */
const KEYS = {
  POST: ['method', 'collection', 'data', 'id', 'owner_id'],
  PATCH: ['method', 'collection', 'data', 'id', 'if_match'],
  DELETE: ['method', 'collection', 'id', 'if_match'],
} satisfies Record<BatchStep['method'], readonly string[]>;

/** Over HTTP the types are checked already; functions ask without that in between. */
export function parseStep(value: unknown, loc: Fault['loc']): BatchStep {
  if (!isPlainObject(value))
    throw invalidInput([{ loc, type: 'object_type', msg: 'must be an object' }]);
  const { method, data } = value;
  const faults: Fault[] = [];
  const refuse = (key: string, type: string, msg: string) =>
    faults.push({ loc: [...loc, key], type, msg });
  const optional = (key: string): string | undefined => {
    const given = value[key];
    if (given === undefined || typeof given === 'string') return given;
    refuse(key, 'string_type', 'must be a string');
    return undefined;
  };
  const needed = (key: string): string => {
    if (value[key] === undefined) refuse(key, 'missing', 'is required');
    return optional(key) ?? '';
  };
  const checked = <Step extends BatchStep>(step: Step): Step => {
    const keys: readonly string[] = KEYS[step.method];
    if ('data' in step && data === undefined) refuse('data', 'missing', 'is required');
    for (const key of Object.keys(value))
      if (value[key] !== undefined && !keys.includes(key))
        refuse(key, 'extra_forbidden', `does not go with ${step.method}`);
    if (faults.length > 0) throw invalidInput(faults);
    return step;
  };

  const collection = needed('collection');
  switch (method) {
    case 'POST': {
      const options = { id: optional('id'), ownerId: optional('owner_id') };
      return checked({ method, collection, data, ...options });
    }
    case 'PATCH':
    case 'DELETE': {
      const ifRevisions = parseIfMatch(optional('if_match') ?? null);
      const record = { collection, id: needed('id'), ifRevisions };
      return checked(method === 'PATCH' ? { method, data, ...record } : { method, ...record });
    }
    default:
      refuse('method', 'enum', `must be one of ${BATCH_METHODS.join(', ')}`);
      throw invalidInput(faults);
  }
}
