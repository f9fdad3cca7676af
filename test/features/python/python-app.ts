import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openServices } from '../../../src/app.ts';
import { loadConfig } from '../../../src/core/config.ts';
import { createLogger } from '../../../src/core/logger.ts';
import type { PythonImportOptions } from '../../../src/features/python/service.ts';
import { openPythonFile, type PythonFile } from '../../support/python-file.ts';
import { temporaryFolder } from '../records/data-app.ts';

const QUIET: PythonImportOptions = {
  isDryRun: false,
  isPartial: false,
  isLoose: false,
  skipsExisting: false,
  keepsAdmins: false,
  onProgress: () => undefined,
  confirm: async () => undefined,
  signal: new AbortController().signal,
};

/** Files of the predecessor, and databases of ours to bring them into. */
export function createPythonFolder() {
  const folder = temporaryFolder();
  let made = 0;
  return {
    file: folder.file,
    /** A new file, filled and closed. */
    old(fill: (old: PythonFile) => void = () => undefined): string {
      const path = folder.file(`old-${made++}.db`);
      const old = openPythonFile(path);
      fill(old);
      old.close();
      return path;
    },
    /** A new database of ours, as the command line opens it. */
    async ours() {
      const dir = folder.file(`ours-${made++}`);
      mkdirSync(dir);
      const logger = createLogger({
        level: 'error',
        format: 'text',
        write: () => {},
        hasColour: false,
      });
      const { config } = loadConfig({ flags: [], env: {}, dir, envFile: undefined });
      const app = await openServices({ config, dir, logger, version: '0' });
      return {
        ...app,
        path: join(dir, 'tinybase.db'),
        bring: (path: string, options: Partial<PythonImportOptions> = {}) =>
          app.services.pythonImport.importPython(
            { path, name: 'old.db' },
            { ...QUIET, ...options },
          ),
      };
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
