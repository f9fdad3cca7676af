import { tmpdir } from 'node:os';
import { join } from 'node:path';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/core/config.ts';
import { createLogger } from '../../src/core/logger.ts';

/** The document of an empty instance: every route, no collection, no function. */
async function readDocument(): Promise<unknown> {
  const dir = join(tmpdir(), 'tinybase-has-no-such-folder');
  const { config } = loadConfig({ dir, env: { TINYBASE_DATABASE_URL: 'sqlite:///:memory:' } });
  const logger = createLogger({ level: 'error', format: 'text' });
  const app = await createApp({ config, dir, logger, version: '0.0.0' });
  try {
    return await app.openApi();
  } finally {
    await app.stop();
  }
}

export async function renderOpenApiPage(): Promise<string> {
  return `${JSON.stringify(await readDocument(), null, 2)}\n`;
}

/** The types that the admin app knows the server by. */
export async function renderAdminTypes(): Promise<string> {
  const document = (await readDocument()) as Parameters<typeof openapiTypescript>[0];
  const nodes = await openapiTypescript(document, { alphabetize: true });
  return `// Made from docs/openapi.json by scripts/generate-docs.ts; do not edit.\n${astToString(nodes)}`;
}
