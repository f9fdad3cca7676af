import { Type } from '@sinclair/typebox';
import { type FieldType, ON_DELETE } from './field-type.ts';
import { uuid } from './uuid.ts';

/** The id of a record of another collection, or of a user; that it exists is seen to by the commit. */
export const reference: FieldType = {
  aliases: [],
  column: 'text',
  constraints: {
    collection: Type.String({ description: 'the name of a collection, or users' }),
    on_delete: Type.Union(
      ON_DELETE.map((action) => Type.Literal(action)),
      { description: `one of ${ON_DELETE.join(', ')}` },
    ),
  },
  findConflict({ on_delete, required, nullable, ...field }) {
    if (Object.hasOwn(field, 'default'))
      return ['default', 'does not fit a reference: the record it names may be gone by then'];
    if (on_delete !== 'set_null') return undefined;
    if (required) return ['on_delete', 'cannot be set_null where the field is required'];
    return nullable === false
      ? ['on_delete', 'cannot be set_null where nullable is false']
      : undefined;
  },
  compile: (_field, compiler) => uuid.compile({ type: 'uuid' }, compiler),
  jsonSchema: (_field, compiler) => uuid.jsonSchema({ type: 'uuid' }, compiler),
};
