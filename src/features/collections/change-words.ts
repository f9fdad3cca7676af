import type { Counter, Drop, Step } from './change-steps.ts';
import type { PlannedChange } from './plan-schema.ts';
import type { NamedField } from './schema.ts';
import type { CollectionChange, Offenders } from './store.ts';
import type { IndexChange } from './unique-fields.ts';

const NONE: Offenders = { count: 0, first: [] };

type Words = Pick<PlannedChange, 'kind' | 'effect' | 'msg'> &
  Partial<Pick<PlannedChange, 'field' | 'was'>>;

function entry({ field = null, was = null, ...words }: Words, who: Offenders): PlannedChange {
  const { kind, effect, msg } = words;
  const isInTheWay = effect === 'destroys' || effect === 'blocked';
  return {
    kind,
    field,
    was,
    effect,
    msg,
    count: who.count,
    records: isInTheWay ? who.first : [],
  };
}

/** What becomes of a dropped field's values. */
export function describeDrop({ field: { name }, holders }: Drop): PlannedChange {
  const { count } = holders;
  const words = { kind: 'drop_field', field: name } as const;
  return count === 0
    ? entry({ ...words, effect: 'safe', msg: `${name} goes; no record has a value.` }, NONE)
    : entry(
        {
          ...words,
          effect: 'destroys',
          msg: `${name} goes, and its values in ${records(count)} are deleted.`,
        },
        holders,
      );
}

/** What becomes of a field, new or old; nothing when it stays as it is. */
export function describeStep(step: Step): PlannedChange[] {
  const { field, old, isRenamed, moved } = step;
  const { name } = field;
  if (!old) {
    const consequences = describeValues(step, 'add_field');
    return consequences.length > 0
      ? consequences
      : [entry({ kind: 'add_field', field: name, effect: 'safe', msg: `${name} is added.` }, NONE)];
  }
  const changes: PlannedChange[] = [];
  if (isRenamed)
    changes.push(
      entry(
        {
          kind: 'rename_field',
          field: name,
          was: old.name,
          effect: moved.count > 0 ? 'rewrites' : 'safe',
          msg:
            moved.count > 0
              ? `${old.name} becomes ${name}; its values in ${records(moved.count)} move along.`
              : `${old.name} becomes ${name}; no record has a value.`,
        },
        moved,
      ),
    );
  const consequences = describeValues(step, 'change_field');
  if (consequences.length > 0) changes.push(...consequences);
  else if (!isSame(old, field, OF_VALUES))
    changes.push(
      entry(
        {
          kind: 'change_field',
          field: name,
          effect: 'safe',
          msg: `${name} changes; every stored value fits as it is.`,
        },
        NONE,
      ),
    );
  if (old.read !== field.read || old.write !== field.write)
    changes.push(
      entry(
        {
          kind: 'change_access',
          field: name,
          effect: 'safe',
          msg: `Who may read and write ${name} changes.`,
        },
        NONE,
      ),
    );
  return changes;
}

function describeValues(step: Step, kind: 'add_field' | 'change_field'): PlannedChange[] {
  const { field, old, filled, converted, misfits, missing } = step;
  const { name, type } = field;
  const about = (counter: Counter, effect: PlannedChange['effect'], msg: string) =>
    counter.count > 0 ? [entry({ kind, field: name, effect, msg }, counter)] : [];
  const into = old && old.type !== type ? `converted to ${type}` : 'brought into their new form';
  return [
    ...about(
      filled,
      'rewrites',
      `${name} is ${old ? 'required' : 'added'}, and ${records(filled.count)} without a value ${filled.count === 1 ? 'gets' : 'get'} its default.`,
    ),
    ...about(
      converted,
      'rewrites',
      `The values of ${name} in ${records(converted.count)} are ${into}.`,
    ),
    ...about(
      misfits,
      field.required ? 'blocked' : 'destroys',
      field.required
        ? `${name} is required, but its values in ${records(misfits.count)} do not fit.`
        : `The values of ${name} in ${records(misfits.count)} do not fit and are deleted.`,
    ),
    ...about(
      missing,
      'blocked',
      `${name} is required, but ${records(missing.count)} ${missing.count === 1 ? 'has' : 'have'} no value.`,
    ),
  ];
}

export function describeIndex(
  { kind, fields, unique, isAltered }: IndexChange,
  doubles: Offenders = NONE,
): PlannedChange {
  const [first = '', ...others] = fields;
  const field = others.length > 0 ? null : first;
  const names = fields.join(', ');
  if (doubles.count > 0)
    return entry({ kind, field, effect: 'blocked', msg: describeDoubles(names, doubles) }, doubles);
  return entry({ kind, field, effect: 'safe', msg: indexWords() }, NONE);

  function indexWords(): string {
    if (kind === 'add_index')
      return unique ? `${names} must be unique from now on.` : `An index over ${names} is made.`;
    if (unique && isAltered) return `${names} need not be unique any more; the index stays.`;
    return unique
      ? `${names} need not be unique any more; the index goes.`
      : `The index over ${names} goes.`;
  }
}

/** Values that were unique until the change made them alike. */
export function describeMerged(fields: readonly string[], doubles: Offenders): PlannedChange {
  const [first = '', ...others] = fields;
  const msg = describeDoubles(fields.join(', '), doubles);
  return entry(
    {
      kind: 'change_field',
      field: others.length > 0 ? null : first,
      effect: 'blocked',
      msg,
    },
    doubles,
  );
}

function describeDoubles(names: string, { count }: Offenders): string {
  return `${names} cannot be unique: ${records(count)} hold a value that others hold too.`;
}

/** What concerns the collection as a whole. */
export function describeWhole(
  { before, after }: CollectionChange,
  followers: readonly string[],
): PlannedChange[] {
  const changes: PlannedChange[] = [];
  const add = (words: Omit<Words, 'effect'>) =>
    changes.push(entry({ ...words, effect: 'safe' }, NONE));
  if (before.name !== after.name)
    add({
      kind: 'rename_collection',
      was: before.name,
      msg: `${before.name} becomes ${after.name}${followers.length > 0 ? `; ${followers.join(', ')} will refer to it by its new name` : ''}.`,
    });
  if (before.label !== after.label)
    add({ kind: 'change_label', msg: `The label becomes ${after.label}.` });
  if (JSON.stringify(before.options.access) !== JSON.stringify(after.options.access))
    add({ kind: 'change_access', msg: 'Who may do what with the records changes.' });
  return changes;
}

/** Options that have words of their own. */
const OF_VALUES = new Set(['name', 'unique', 'index', 'read', 'write']);

function isSame(old: NamedField, now: NamedField, but: ReadonlySet<string>): boolean {
  const rest = (field: NamedField) =>
    JSON.stringify(
      Object.entries(field)
        .filter(([option]) => !but.has(option))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  return rest(old) === rest(now);
}

function records(count: number): string {
  return `${count} ${count === 1 ? 'record' : 'records'}`;
}
