import type { JsonSchema, NamedField } from './fields/field-type.ts';
import { columnOf } from './schema.ts';

const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 100;
/** What every record can be sorted by. */
const SYSTEM_KEYS = ['id', 'owner_id', 'created_at', 'updated_at'];

const id = query('id', "The caller's own UUIDv7, so that a retry is safe", {
  type: 'string',
  format: 'uuid',
});
const ownerId = query('owner_id', 'For admins: the user who owns the record', {
  type: 'string',
  format: 'uuid',
});
export const CREATE_PARAMETERS = [id, ownerId];

/** How records are shown, in a list or alone. */
export function showParameters(fields: readonly NamedField[]): readonly JsonSchema[] {
  const references = fields.filter((field) => field.type === 'reference').map(({ name }) => name);
  return [
    query(
      'fields',
      'Narrows data to these fields, comma separated. The others are then left out, required ones too.',
      { type: 'string' },
    ),
    ...(references.length > 0
      ? [
          query(
            'expand',
            `Of ${references.join(', ')} up to 5, comma separated: what they refer to is answered under expanded, null where the caller may not read it.`,
            { type: 'string' },
          ),
        ]
      : []),
  ];
}

export function listParameters(fields: readonly NamedField[]): readonly JsonSchema[] {
  const sortable = fields.filter((field) => columnOf(field) !== 'none').map(({ name }) => name);
  const names = [...sortable, ...SYSTEM_KEYS];
  return [
    query('limit', 'The size of a page', {
      type: 'integer',
      minimum: 1,
      maximum: MAX_LIMIT,
      default: DEFAULT_LIMIT,
    }),
    query('offset', 'How many records to skip; not together with cursor', {
      type: 'integer',
      minimum: 0,
      default: 0,
    }),
    query(
      'cursor',
      'The next_cursor of the page before, with the same sort and filter; stable while records are added. Page is then null.',
      { type: 'string' },
    ),
    query('sort', `Some of ${names.join(', ')}, comma separated; a minus sorts downwards`, {
      type: 'string',
      default: '-created_at',
    }),
    query('sort_by', 'One field to sort by, instead of sort', { type: 'string', enum: names }),
    query('sort_order', 'Goes with sort_by, upwards if absent', {
      type: 'string',
      enum: ['asc', 'desc'],
    }),
    query(
      'filter',
      'An expression such as `rating >= 4 && title ~ "sea"`. For plain equality `filter[title]=x` works too, with any field.',
      { type: 'string', maxLength: 4096 },
    ),
    query('count', '`false` leaves total null and saves its cost, `exact` counts anew', {
      type: 'string',
      enum: ['true', 'false', 'exact'],
      default: 'true',
    }),
    ...showParameters(fields),
  ];
}

function query(name: string, description: string, schema: JsonSchema): JsonSchema {
  return { name, in: 'query', description, schema };
}
