import { openConnection } from '../../src/storage/sqlite/connection.ts';
import { createDeploymentStore } from '../../src/storage/sqlite/deployment-store.ts';
import { deploymentStoreContract } from './contract/deployment-store.ts';

deploymentStoreContract('SQLite', () =>
  createDeploymentStore(openConnection({ path: ':memory:' })),
);
