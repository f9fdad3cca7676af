import type { Collection, Field } from '../../api/types.ts';

/** One field that leads from a collection to another, or to the accounts. */
export interface Connection {
  readonly from: string;
  readonly field: string;
  readonly to: string;
  readonly deletion: NonNullable<Field['on_delete']>;
}

export function connectionsOf(collections: readonly Collection[]): Connection[] {
  return collections.flatMap(({ name, schema }) =>
    schema.fields.flatMap((field) =>
      field.type === 'reference' && field.collection !== undefined
        ? [
            {
              from: name,
              field: field.name,
              to: field.collection,
              deletion: field.on_delete ?? 'restrict',
            },
          ]
        : [],
    ),
  );
}

/** What becomes of a record when that which it leads to is deleted. */
export const DELETION_SHORT = {
  restrict: 'kept from deletion',
  cascade: 'deleted with it',
  set_null: 'emptied',
} as const satisfies Record<Connection['deletion'], string>;

/** Of single fields and over several; a reference always has one. */
export function indexCountOf(collection: Collection | undefined): number {
  const { schema, options } = collection ?? {};
  const single = schema?.fields.filter(
    ({ unique, index, type }) => unique === true || index === true || type === 'reference',
  );
  return (single?.length ?? 0) + (options?.indexes?.length ?? 0);
}
