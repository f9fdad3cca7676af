import type { Draft } from './draft.ts';
import type { DraftField } from './translate-fields.ts';

/** Will be there, with the ids that it has in the file. */
export function isComing({ state }: Draft): boolean {
  return state !== 'skipped' && state !== 'left_out';
}

/**
 * Collections that others refer to first. A reference that leads to none of them, or around in a
 * circle, becomes a uuid with the same values.
 */
export function orderByReferences(drafts: readonly Draft[]): readonly Draft[] {
  const byName = new Map(drafts.filter(isComing).map((draft) => [draft.was, draft]));
  const targetOf = ({ type, collection }: DraftField) =>
    type === 'reference' && typeof collection === 'string' ? byName.get(collection) : undefined;
  const ordered = sort(drafts.filter(isComing), ({ fields }) =>
    fields.flatMap((field) => targetOf(field) ?? []),
  );
  const places = new Map(ordered.map((draft, place) => [draft, place]));
  const placeOf = (draft: Draft) => places.get(draft) ?? 0;
  for (const draft of ordered)
    draft.fields = draft.fields.map((field) => {
      if (field.type !== 'reference') return field;
      const target = targetOf(field);
      if (!target) return toUuid(field, draft.notes);
      // Only around a circle something stands before what it refers to.
      if (placeOf(target) > placeOf(draft)) {
        draft.notes.push(`${field.name}: it refers to ${target.name} and back again; a uuid here`);
        return withoutTarget(field);
      }
      return { ...field, collection: target.name };
    });
  return [...ordered, ...drafts.filter((draft) => !isComing(draft))];
}

/** Targets first, as far as they can be. By a list of its own: a chain may be longer than the stack is deep. */
function sort(
  drafts: readonly Draft[],
  targetsOf: (draft: Draft) => readonly Draft[],
): readonly Draft[] {
  const ordered: Draft[] = [];
  const seen = new Set<Draft>();
  const open: { readonly draft: Draft; readonly left: ArrayIterator<Draft> }[] = [];
  const visit = (draft: Draft) => {
    if (seen.has(draft)) return;
    seen.add(draft);
    open.push({ draft, left: targetsOf(draft).values() });
  };
  for (const draft of drafts) {
    visit(draft);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { value: target } = top.left.next();
      if (target) visit(target);
      else {
        open.pop();
        ordered.push(top.draft);
      }
    }
  }
  return ordered;
}

/** Of a reference whose target does not come. */
export function toUuid(field: DraftField, notes: string[]): DraftField {
  const target = typeof field.collection === 'string' ? field.collection : 'what it refers to';
  notes.push(`${field.name}: ${target} does not come; a uuid here`);
  return withoutTarget(field);
}

function withoutTarget({ collection: _, ...field }: DraftField): DraftField {
  return { ...field, name: field.name, type: 'uuid' };
}
