import { ApiError, OfflineError } from '../../../../api/client.ts';
import { type ImportFormat, type ImportOutcome, readAnswer } from './import-file.ts';

const CONTENT_TYPES: Readonly<Record<ImportFormat, string>> = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
};

interface ImportOptions {
  readonly isDryRun: boolean;
  /** Empty: every row is a new record. */
  readonly upsertBy: string;
  readonly isPartial: boolean;
}

export interface Upload {
  readonly result: Promise<ImportOutcome>;
  abort(): void;
}

interface UploadRequest {
  readonly collection: string;
  readonly file: Blob;
  readonly format: ImportFormat;
  readonly options: ImportOptions;
  /** From 0 to 1; 1 means that the server has it all and works. */
  readonly onProgress: (part: number) => void;
}

/** Sends the file. Only XMLHttpRequest says how much of it has left. */
export function upload({ collection, file, format, options, onProgress }: UploadRequest): Upload {
  const request = new XMLHttpRequest();
  const query = new URLSearchParams({
    ...(options.isDryRun && { dry_run: 'true' }),
    ...(options.upsertBy !== '' && { upsert_by: options.upsertBy }),
    ...(options.isPartial && { partial: 'true' }),
  });
  const path = `/api/collections/${encodeURIComponent(collection)}/records/import`;
  const result = new Promise<ImportOutcome>((resolve, reject) => {
    request.open('POST', `${path}?${query}`);
    request.setRequestHeader('content-type', CONTENT_TYPES[format]);
    request.setRequestHeader('accept', 'application/json');
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    };
    request.upload.onload = () => onProgress(1);
    request.onerror = () => reject(new OfflineError());
    request.onabort = () => reject(new DOMException('The upload was stopped', 'AbortError'));
    request.onload = () => {
      const outcome = readAnswer(request.status, request.responseText);
      if (outcome instanceof ApiError) reject(outcome);
      else resolve(outcome);
    };
    request.send(file);
  });
  return { result, abort: () => request.abort() };
}
