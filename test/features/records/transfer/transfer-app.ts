import { type Actor, SYSTEM } from '../../../../src/core/actor.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import type { ExportFormat } from '../../../../src/features/records/export-formats.ts';
import type { ExportQuery } from '../../../../src/features/records/export-records.ts';
import type { ImportOptions } from '../../../../src/features/records/import/import-records.ts';
import { createTransferService } from '../../../../src/features/records/transfer-service.ts';
import { newId } from '../../../../src/lib/ids.ts';
import { NO_AUDIT } from '../../../support/no-audit.ts';
import {
  createOpenCollection,
  type DataApp,
  type DataAppOptions,
  type LooseField,
  openDataApp,
  temporaryFolder,
} from '../data-app.ts';

/** Import and export on a real database; in a file, so that the writer thread writes. */
export function openTransferApp(options: DataAppOptions & { inMemory?: boolean } = {}) {
  const folder = temporaryFolder();
  const path = options.inMemory ? ':memory:' : folder.file('data.db');
  const app = openDataApp({ path, ...options });
  const transfers = openTransfers(app, folder.path, options);
  return {
    ...app,
    ...transfers,
    app,
    folder,
    open: (name: string, fields: readonly LooseField[]) => createOpenCollection(app, name, fields),
    [Symbol.dispose]() {
      app.close();
      folder[Symbol.dispose]();
    },
  };
}

export type TransferApp = ReturnType<typeof openTransferApp>;

export function openTransfers(
  app: DataApp,
  folder: string,
  { clock = systemClock, hasUser = () => true, hooks }: DataAppOptions = {},
) {
  const service = createTransferService({
    collections: app.collections,
    store: app.recordStore,
    clock,
    hasUser,
    ...(hooks && { hooks }),
    newId,
    folder,
    audit: NO_AUDIT,
  });
  return {
    service,
    /** Imports text or bytes, in pieces of this size. */
    async load(
      name: string,
      file: string | Uint8Array,
      {
        actor = SYSTEM,
        pieceBytes = 64 * 1024,
        format = 'csv',
        ...rest
      }: Partial<ImportOptions> & { actor?: Actor; pieceBytes?: number } = {},
    ) {
      return service.importRecords(actor, name, inPieces(file, pieceBytes), { format, ...rest });
    },
    /** The whole of an export. */
    async dump(
      name: string,
      format: ExportFormat,
      { actor = SYSTEM, ...query }: ExportQuery & { actor?: Actor } = {},
    ): Promise<string> {
      const { pieces } = await service.exportRecords(actor, name, query, format);
      let text = '';
      for await (const piece of pieces) text += piece.text;
      return text;
    },
    /** The data of all records, oldest first. */
    async rows(name: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
      const list = await app.records.list(SYSTEM, name, { sort: 'created_at', limit: 1000 });
      return JSON.parse(list).items.map(({ data }: { data: Record<string, unknown> }) => data);
    },
  };
}

export async function* inPieces(
  file: string | Uint8Array,
  pieceBytes: number,
): AsyncGenerator<Uint8Array> {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  for (let from = 0; from < bytes.length; from += pieceBytes)
    yield bytes.subarray(from, from + pieceBytes);
}

/** Each fault as `line field: message`. */
export function faultsOf({
  errors,
}: {
  readonly errors: readonly {
    readonly line: number;
    readonly loc: readonly (string | number)[];
    readonly msg: string;
  }[];
}): readonly string[] {
  return errors.map(({ line, loc, msg }) => `${line} ${loc.join('.')}: ${msg}`);
}
