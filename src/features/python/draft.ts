import type { Clock } from '../../core/clock.ts';
import { AppError, type Fault } from '../../core/errors.ts';
import type { AccessRules, Collection, NamedField } from '../collections/schema.ts';
import { prepareCreation } from '../collections/service.ts';
import type { CollectionState } from './report.ts';
import type { DraftField } from './translate-fields.ts';

/** A collection on its way to us. */
export interface Draft {
  /** As the file writes its id. */
  readonly key: string;
  readonly id: string;
  /** Its name there. */
  readonly was: string;
  readonly name: string;
  readonly label: string;
  readonly access: AccessRules;
  /** When it was made; no record is older. */
  readonly since: string;
  state: CollectionState;
  readonly records: number;
  fields: readonly DraftField[];
  /** Our names of fields by theirs. */
  readonly names: Map<string, string>;
  readonly notes: string[];
}

/** Constraints that do not fit are taken off again and again, as one may hide another. */
const MAX_ROUNDS = 20;
/** Without these it is no field. */
const KEPT = new Set(['name', 'type', 'collection']);

/** The fields as they will be; what cannot be kept is noted, what cannot be mended is thrown. */
export function settleFields(
  draft: Draft,
  clock: Clock,
  hasCollection: (name: string) => boolean,
): readonly NamedField[] {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    try {
      return prepare(draft, clock, hasCollection).schema.fields;
    } catch (error) {
      if (!(error instanceof AppError && error.faults)) throw error;
      const mended = takeOff(draft, error.faults);
      if (mended === undefined) throw error;
      draft.fields = mended;
    }
  }
  throw new AppError('invalid_input', 'its fields cannot be read');
}

function prepare(
  { id, name, label, access, fields }: Draft,
  clock: Clock,
  hasCollection: (name: string) => boolean,
): Collection {
  const body = { name, label, schema: { fields }, options: { access } };
  return prepareCreation(body, id, { clock, hasCollection });
}

/** The fields without the options that were refused; undefined when something else was. */
function takeOff(draft: Draft, faults: readonly Fault[]): readonly DraftField[] | undefined {
  const refused = new Map<number, Set<string>>();
  for (const { loc, msg } of faults) {
    const [, part, list, index, option] = loc;
    const field = typeof index === 'number' ? draft.fields[index] : undefined;
    if (part !== 'schema' || list !== 'fields' || !field || typeof index !== 'number')
      return undefined;
    if (typeof option !== 'string' || KEPT.has(option)) return undefined;
    const options = refused.get(index) ?? new Set();
    if (!options.has(option)) draft.notes.push(`${field.name}: ${option} ${msg}; it is left out`);
    refused.set(index, options.add(option));
  }
  return draft.fields.map((field, index) => {
    const options = refused.get(index);
    if (!options) return field;
    const kept = Object.entries(field).filter(([option]) => !options.has(option));
    return { ...Object.fromEntries(kept), name: field.name, type: field.type };
  });
}
