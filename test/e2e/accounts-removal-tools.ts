import type { Client } from '../../scripts/support/http-client.ts';
import { createAdmin, createUser, type ServerProcess } from '../support/binary.ts';
import { fill, makeCollection } from './bulk.ts';

export const USERS = '/api/admin/users';
export const ROWS = 20_000;
export const REFERRING = 50;

/** An account with many notes, which some records of the admin refer to. */
export async function addOwner(admin: Client, email: string, rows = ROWS) {
  const owner = await createUser(admin.url, email);
  await fill(
    owner,
    'notes',
    Array.from({ length: rows }, (_, n) => ({ text: `note ${n}` })),
  );
  await fill(
    admin,
    'mentions',
    Array.from({ length: REFERRING }, () => ({ whom: owner.id })),
  );
  return owner;
}

export async function openWithNotes(server: ServerProcess): Promise<Client> {
  const admin = await createAdmin(server);
  await makeCollection(admin, 'notes', [{ name: 'text', type: 'string' }], {
    access: { read: 'public', create: 'auth' },
  });
  await makeCollection(admin, 'mentions', [
    { name: 'whom', type: 'reference', collection: 'users', on_delete: 'set_null' },
  ]);
  return admin;
}
