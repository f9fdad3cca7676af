import type { Collection } from '../../api/types.ts';
import type { ErrorLine } from '../api/api-request.ts';
import { type ApiOperation, ruleOf } from './api-examples.ts';

/** What each operation can refuse with, and why. */
export function errorsOf(operation: ApiOperation, collection: Collection): ErrorLine[] {
  const { name, schema, options } = collection;
  const level = options.access[ruleOf(operation)];
  const isBatch = operation === 'batch';
  const isOne = ['read', 'update', 'delete', 'batch'].includes(operation);
  const isWrite = ['create', 'update', 'batch'].includes(operation);
  const unique = schema.fields.filter((field) => field.unique).map((field) => field.name);
  const holds = schema.fields.some((field) => field.type === 'reference');
  return [
    {
      status: 401,
      text:
        level === 'public'
          ? 'The token is unknown or has ended'
          : 'No token, or one that has ended',
    },
    ...forbiddenBy(operation, collection).map((text) => ({ status: 403, text })),
    {
      status: 404,
      text: isOne
        ? 'No such record, or one that may not be seen'
        : `No collection ${name} that may be seen`,
    },
    ...(isWrite && unique.length > 0
      ? [{ status: 409, text: `The value of ${unique.join(' or ')} is taken` }]
      : []),
    ...(operation === 'delete'
      ? [{ status: 409, text: 'Another record refers to it, and that reference restricts' }]
      : []),
    ...(operation === 'update' || operation === 'delete'
      ? [{ status: 412, text: 'Changed since the ETag that If-Match named' }]
      : []),
    ...(isWrite
      ? [
          {
            status: 422,
            text: `A value does not fit${holds ? ', or a reference leads nowhere' : ''}; every fault is listed with its place${isBatch ? ', and nothing of the batch is done' : ''}`,
          },
        ]
      : operation === 'list' || operation === 'export'
        ? [{ status: 422, text: 'A parameter does not fit' }]
        : []),
  ];
}

/** 403 is for what may be seen, but not done; what may not even be seen is 404. */
function forbiddenBy(operation: ApiOperation, { schema, options }: Collection): string[] {
  const { access } = options;
  const changes = (operation === 'batch' ? (['update', 'delete'] as const) : [operation]).filter(
    (each) => each === 'update' || each === 'delete',
  );
  // A record that only admins read is 404 to all others, whatever the rules of its changes.
  const isHidden = access.read === 'admin' && (access.list === 'admin' || changes.length > 0);
  const isForAdmins = access[ruleOf(operation)] === 'admin' && !isHidden;
  const isForOwners = changes.some((each) => access[each] === 'owner') && !isHidden;
  const isList = operation === 'list' || operation === 'export';
  const isWrite = ['create', 'update', 'batch'].includes(operation);
  return [
    ...(isForAdmins ? ['Not an admin'] : []),
    ...(isForOwners && access.read !== 'owner' ? ['The record is somebody else’s'] : []),
    ...(isList && schema.fields.some((field) => field.read !== undefined)
      ? ['The filter, the sort or fields names a field that may not be read']
      : []),
    ...(isWrite && schema.fields.some((field) => field.write !== undefined)
      ? ['It names a field that may not be written']
      : []),
  ];
}
