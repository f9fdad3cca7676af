import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import { fileGone, type StoredFile } from './stored-file.ts';

/** A bucket with backups. */
export interface S3Place {
  readonly kind: 's3';
  /** As people are told. */
  readonly shown: string;
  /** What is noted about a file of this name. */
  locationOf(name: string): string;
  /** Takes a local file in, whole or not at all. */
  send(path: string, name: string, options: SendOptions): Promise<void>;
  read(name: string): Promise<StoredFile>;
  /** Also when there is none. */
  remove(name: string): Promise<void>;
}

export interface SendOptions {
  readonly signal: AbortSignal;
  /** Told how much is sent, from 0 to 1. */
  readonly onProgress: (done: number) => void;
}

export interface S3PlaceOptions {
  readonly bucket: string;
  /** Undefined for Amazon's own. */
  readonly endpoint: string | undefined;
  readonly accessKey: string;
  readonly secretKey: string;
  /** How long nothing may move before it is given up. */
  readonly stallMs?: number;
}

const STALL_MS = 60_000;
const READ_BYTES = 1024 * 1024;
/** Two of them are in memory at a time. */
const MIN_PART_BYTES = 8 * 1024 * 1024;
/** A file has at most 10,000: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 9_000;
const RETRIES = 3;

export function createS3Place(options: S3PlaceOptions): S3Place {
  const { bucket, endpoint, accessKey, secretKey, stallMs = STALL_MS } = options;
  const client = new Bun.S3Client({
    bucket,
    accessKeyId: accessKey,
    secretAccessKey: secretKey,
    ...(endpoint !== undefined && { endpoint, ...regionOf(endpoint) }),
  });
  const shown = `s3://${bucket}`;

  /** Bun's client has no time-out and takes no signal. */
  async function moving<T>(start: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    requireNoSessionToken();
    const step = start();
    // Nobody hears of it any more once it was given up.
    step.catch(() => undefined);
    const gaveUp = Promise.withResolvers<never>();
    const stop = () => gaveUp.reject(new AppError('conflict', 'Stopped.'));
    const timer = setTimeout(() => gaveUp.reject(stalled(shown, stallMs)), stallMs);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([step, gaveUp.promise]);
    } catch (error) {
      throw toS3Error(error, shown);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  async function send(path: string, name: string, { signal, onProgress }: SendOptions) {
    const { size } = await stat(path);
    const writer = client.file(name).writer({
      partSize: Math.max(MIN_PART_BYTES, Math.ceil(size / MAX_PARTS)),
      queueSize: 2,
      retry: RETRIES,
      type: 'application/vnd.sqlite3',
    });
    let sent = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
      writer.write(chunk as Buffer);
      await moving(async () => writer.flush(), signal);
      sent += (chunk as Buffer).length;
      onProgress(sent / size);
    }
    await moving(async () => writer.end(), signal);
    const { size: stored } = await moving(() => client.stat(name), signal);
    if (stored !== size)
      throw new AppError(
        'unavailable',
        `${shown} holds ${stored} bytes of ${size} that were sent.`,
      );
  }

  async function* download(name: string): AsyncGenerator<Uint8Array> {
    const reader = client.file(name).stream().getReader();
    try {
      for (;;) {
        const { done, value } = await moving(() => reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      reader.cancel().catch(() => undefined);
    }
  }

  return {
    kind: 's3',
    shown,
    locationOf: (name) => `${shown}/${name}`,
    send,
    async read(name) {
      // Said before the first byte is sent on.
      await moving(() => client.stat(name));
      return { chunks: download(name) };
    },
    remove: (name) => moving(() => client.delete(name)),
  };
}

/** Amazon and others name it in the address: https://s3.<region>.example.com. Bun knows Amazon's. */
function regionOf(endpoint: string): { readonly region?: string } {
  const [service, region, ...domain] = new URL(endpoint).hostname.split('.');
  return service === 's3' && region !== undefined && domain.length >= 2 ? { region } : {};
}

/** Bun's client adds it to every request, whatever keys it was given: it belongs to others. */
function requireNoSessionToken(): void {
  const name = ['AWS_SESSION_TOKEN', 'S3_SESSION_TOKEN'].find((each) => process.env[each]);
  if (name !== undefined)
    throw new AppError(
      'conflict',
      `The variable ${name} is set, and would be sent to the bucket. Start the server without it: env -u ${name} tinybase serve.`,
    );
}

function stalled(shown: string, stallMs: number): AppError {
  return new AppError('unavailable', `${shown} took nothing for ${stallMs / 1_000} seconds.`);
}

function toS3Error(error: unknown, shown: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'NoSuchKey') return fileGone(shown);
  return new AppError('unavailable', `${shown} refused: ${code || error.name}, ${error.message}.`, {
    cause: error,
  });
}
