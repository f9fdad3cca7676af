// Preloaded by `bun test` (bunfig.toml): nothing that a test started or wrote stays behind.
import { afterAll } from 'bun:test';
import { cleanUp } from '../../scripts/support/server-process.ts';

afterAll(cleanUp);
