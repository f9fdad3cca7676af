import { openConnection } from '../../src/storage/sqlite/connection.ts';
import { createExtensionStore } from '../../src/storage/sqlite/extension-store.ts';
import { extensionStoreContract } from './contract/extension-store.ts';

extensionStoreContract('SQLite', () => createExtensionStore(openConnection({ path: ':memory:' })));
