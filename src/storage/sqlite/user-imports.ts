import type { UserImportStore } from '../../features/users/store.ts';
import type { Connection } from './connection.ts';
import { openForeignUsers } from './foreign-users.ts';
import { untilUnlocked } from './until-unlocked.ts';
import type { Writer } from './writer.ts';

interface UserImportsDeps {
  readonly connection: Pick<Connection, 'path'>;
  readonly writer: Writer;
}

export function createUserImports({ connection, writer }: UserImportsDeps): UserImportStore {
  return {
    importUsers: (request, onProgress) =>
      untilUnlocked(() => writer.run({ kind: 'import_users', request }, { onProgress })),
    openForeign: (path, columns) => openForeignUsers(path, { ownPath: connection.path, columns }),
  };
}
