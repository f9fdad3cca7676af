import type { Collection } from '../../api/types.ts';
import type { TileType } from '../../components/ui/tile-types.ts';
import type { ApiOperation } from './api-examples.ts';

export const OPERATION_TITLES = {
  list: 'List records',
  read: 'Read a record',
  create: 'Create a record',
  update: 'Change a record',
  delete: 'Delete a record',
  export: 'Export',
  batch: 'Batch',
} as const satisfies Record<ApiOperation, string>;

export const OPERATION_TEXTS = {
  list: 'Answers a page of records and how many there are. Sort by any field that has an order; a minus sorts downwards.',
  read: 'Answers one record, with an ETag that names its version.',
  create: 'The body is the data itself. Answers 201 and the whole record with its id.',
  update:
    'Send only what changes; each named field is replaced as a whole, null clears it. If-Match with the ETag refuses when somebody was faster.',
  delete: 'Answers 204 without a body. If-Match with the ETag refuses when somebody was faster.',
  export:
    'Streams all records that you may list, oldest first, as csv, json or ndjson. An answer that breaks off is no whole file.',
  batch:
    'Up to 500 changes, also of other collections, that happen together or not at all. Each keeps to the rules of its own kind.',
} as const satisfies Record<ApiOperation, string>;

interface Parameter {
  readonly name: string;
  readonly type: TileType;
  readonly placeholder: string;
  readonly text: string;
}

/** What a list of this collection takes, with its own names as examples. */
export function parametersOf({ schema }: Pick<Collection, 'schema'>): Parameter[] {
  const [first] = schema.fields;
  const reference = schema.fields.find(({ type }) => type === 'reference');
  return [
    {
      name: 'filter',
      type: 'string',
      placeholder: first ? `${first.name} != null` : 'created_at > 2026-01-01',
      text: 'which records',
    },
    {
      name: 'sort',
      type: 'string',
      placeholder: '-created_at',
      text: 'fields with commas between, a minus for downwards',
    },
    { name: 'limit', type: 'integer', placeholder: '100', text: '1 to 1,000 on a page' },
    { name: 'offset', type: 'integer', placeholder: '0', text: 'how many to skip' },
    {
      name: 'fields',
      type: 'list',
      placeholder: first?.name ?? '',
      text: 'narrows data to these',
    },
    ...(reference
      ? [
          {
            name: 'expand',
            type: 'list' as const,
            placeholder: reference.name,
            text: 'what they refer to comes along',
          },
        ]
      : []),
    {
      name: 'count',
      type: 'boolean',
      placeholder: 'true',
      text: 'false saves the total, exact counts anew',
    },
  ];
}
