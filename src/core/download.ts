import { open } from 'node:fs/promises';
import { isSafeDownload, withoutPassword } from '../lib/web-address.ts';
import { AppError } from './errors.ts';

export interface DownloadOptions {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** What was downloaded, as a sentence about its size names it. */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** Told how many bytes have come. */
  readonly onProgress?: (bytes: number) => void;
}

const MAX_REDIRECTS = 5;
const MEGABYTE = 1024 * 1024;
/** The disk is full, or this user's share of it. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Writes what an address answers into a file that is not there yet. */
export async function download(
  address: string,
  path: string,
  options: DownloadOptions,
): Promise<void> {
  const late = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? late : AbortSignal.any([late, options.signal]);
  try {
    const response = await follow(new URL(address), signal);
    await save(response, path, address, options);
  } catch (error) {
    if (error instanceof AppError) throw error;
    options.signal?.throwIfAborted();
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (FULL.includes(code))
      throw new AppError('unavailable', `The disk is full: ${path} could not be written.`, {
        cause: error,
      });
    const reason = late.aborted
      ? `it took longer than ${options.timeoutMs / 1_000} s`
      : error instanceof Error
        ? error.message.replaceAll(address, withoutPassword(address))
        : String(error);
    throw fail(address, `${reason}: check the address, the network and the proxy`, error);
  }
}

/** Redirects are followed one by one: none may lead to where it is not safe. */
async function follow(first: URL, signal: AbortSignal): Promise<Response> {
  let url = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await fetch(url, { redirect: 'manual', signal });
    const target = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || target === null) {
      if (response.ok) return response;
      await response.body?.cancel();
      throw fail(first.href, `it answered ${response.status}`);
    }
    await response.body?.cancel();
    if (!URL.canParse(target, url.href)) throw fail(first.href, 'it leads to what is no address');
    const next = new URL(target, url);
    // From elsewhere nobody is sent to what only this machine may see.
    const isSafe = next.protocol === 'https:' || (isSafeDownload(url) && url.protocol === 'http:');
    if (!isSafe || !isSafeDownload(next))
      throw fail(first.href, `it leads to ${withoutPassword(next.href)}, and not by https`);
    url = next;
  }
  throw fail(first.href, 'it leads from one address to the next without end');
}

async function save(
  { body, headers }: Response,
  path: string,
  address: string,
  { maxBytes, what, onProgress }: DownloadOptions,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw new AppError(
          'too_large',
          `${withoutPassword(address)} is larger than the ${maxBytes / MEGABYTE} MB that ${what} may have.`,
        );
      await file.writeFile(chunk);
      onProgress?.(bytes);
    }
  } finally {
    await file.close();
  }
  const expected = headers.get('content-length');
  if (expected !== null && headers.get('content-encoding') === null && Number(expected) !== bytes)
    throw fail(address, `it broke off after ${bytes} of ${expected} bytes`);
}

function fail(address: string, reason: string, cause?: unknown): AppError {
  const message = `${withoutPassword(address)} cannot be downloaded: ${reason}.`;
  return new AppError('unavailable', message, cause === undefined ? {} : { cause });
}
