import { afterEach, describe, expect, test } from 'bun:test';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from '../../../scripts/support/paths.ts';
import type { Logger } from '../../../src/core/logger.ts';
import {
  type KeptTypesFile,
  keepTypesFile,
  refreshTypesFile,
} from '../../../src/features/types/types-file.ts';
import { until } from '../../support/until.ts';

const template = (name: string) => readFileSync(inRoot('functions-template', name), 'utf8');
const OURS = template('tinybase.d.ts');
const NEWER = `${OURS}\n// newer\n`;
const TSCONFIG = template('tsconfig.json');

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) {
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true });
  }
});

function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinybase-types-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const types = { forFunctions: async () => NEWER, forClients: async () => '', version: () => 1 };
const read = (folder: string) => readFileSync(join(folder, 'tinybase.d.ts'), 'utf8');

describe('tinybase.d.ts is written', () => {
  test('over an older one of ours, in one step, and not again', async () => {
    const folder = makeFolder({ 'tinybase.d.ts': OURS });
    expect(await refreshTypesFile(folder, types)).toBe(join(folder, 'tinybase.d.ts'));
    expect(read(folder)).toBe(NEWER);
    expect(readdirSync(folder)).toEqual(['tinybase.d.ts']);
    const { mtimeMs } = statSync(join(folder, 'tinybase.d.ts'));
    expect(await refreshTypesFile(folder, types)).toBeUndefined();
    expect(statSync(join(folder, 'tinybase.d.ts')).mtimeMs).toBe(mtimeMs);
  });

  test('where there is none, in a folder that we prepared', async () => {
    const folder = makeFolder({ 'tsconfig.json': TSCONFIG });
    await refreshTypesFile(folder, types);
    expect(read(folder)).toBe(NEWER);
  });

  test('never over a file that somebody else wrote', async () => {
    const folder = makeFolder({ 'tinybase.d.ts': '// mine\n', 'tsconfig.json': TSCONFIG });
    expect(await refreshTypesFile(folder, types)).toBeUndefined();
    expect(read(folder)).toBe('// mine\n');
  });

  test('never into a folder that is not there, or that is arranged in another way', async () => {
    const folder = makeFolder({ 'tsconfig.json': '{}' });
    expect(await refreshTypesFile(folder, types)).toBeUndefined();
    expect(await refreshTypesFile(join(folder, 'none'), types)).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['tsconfig.json']);
  });
});

describe('while a server runs', () => {
  function keep(folder: string, { isLocal = true, whenLoaded = Promise.resolve() } = {}) {
    const lines: string[] = [];
    const add = (message: string) => void lines.push(message);
    const logger: Logger = {
      debug: add,
      info: add,
      warning: add,
      error: add,
      isEnabled: () => true,
    };
    const state = { version: 1, text: NEWER, made: 0 };
    const kept: KeptTypesFile = keepTypesFile({
      folder,
      types: {
        ...types,
        version: () => state.version,
        async forFunctions() {
          state.made++;
          return state.text;
        },
      },
      whenLoaded,
      isLocal: () => isLocal,
      logger,
    });
    return { ...kept, state, lines };
  }

  test('the file follows what changes, and nothing is made while nothing does', async () => {
    const folder = makeFolder({ 'tinybase.d.ts': OURS });
    const kept = keep(folder);
    await until(() => read(folder) === NEWER);
    await Bun.sleep(1_200);
    expect(kept.state.made).toBe(1);
    Object.assign(kept.state, { version: 2, text: `${NEWER}// and newer\n` });
    await until(() => read(folder).endsWith('// and newer\n'));
    await kept.stop();
    Object.assign(kept.state, { version: 3, text: NEWER });
    await Bun.sleep(700);
    expect(kept.state.made).toBe(2);
  });

  test('nothing is written while the functions of a deployment answer', async () => {
    const folder = makeFolder({ 'tinybase.d.ts': OURS });
    const kept = keep(folder, { isLocal: false });
    await Bun.sleep(700);
    await kept.stop();
    expect(read(folder)).toBe(OURS);
  });

  test('nothing is written before the functions are loaded, or after the stop', async () => {
    const folder = makeFolder({ 'tinybase.d.ts': OURS });
    const { promise, resolve } = Promise.withResolvers<void>();
    const kept = keep(folder, { whenLoaded: promise });
    await Bun.sleep(700);
    expect(kept.state.made).toBe(0);
    await kept.stop();
    resolve();
    await Bun.sleep(50);
    expect(kept.state.made).toBe(0);
  });

  test('a folder that cannot be written is told once, at the lowest level', async () => {
    const folder = makeFolder({ 'tinybase.d.ts': OURS });
    // A folder in its place: even root cannot rename a file over it.
    rmSync(join(folder, 'tinybase.d.ts'));
    mkdirSync(join(folder, 'tinybase.d.ts'));
    const kept = keep(folder);
    await until(() => kept.lines.length > 0);
    kept.state.version++;
    await Bun.sleep(700);
    await kept.stop();
    expect(kept.lines).toEqual(['The types of functions cannot be written']);
    expect(readdirSync(folder)).toEqual(['tinybase.d.ts']);
  });
});
