import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** A file as it is served: its bytes in up to three codings. */
export interface Asset {
  readonly type: string;
  /** In quotes; each coding adds its name. */
  readonly etag: string;
  /** The name changes with the content, so nobody needs to ask again. */
  readonly isImmutable: boolean;
  readonly br?: Blob;
  readonly gzip?: Blob;
  /** For the rare one that reads neither. */
  readonly plain: () => Blob | Promise<Blob>;
}

type Coding = 'br' | 'gzip';

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
};

export function typeOf(path: string): string {
  return TYPES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}

export function toEtag(bytes: Uint8Array | string): string {
  return `"${Bun.hash(bytes).toString(36)}"`;
}

const gunzipInThread = promisify(gunzip);

/** The plain bytes of a file that is kept compressed only. */
export async function unzip(gzip: Blob): Promise<Blob> {
  return new Blob([await gunzipInThread(await gzip.bytes())]);
}

/** Answers a file in the best coding that its caller reads, or 304 when the caller has it already. */
export async function serveAsset(request: Request, asset: Asset, csp: string): Promise<Response> {
  const coding = chooseCoding(request.headers.get('accept-encoding') ?? '', asset);
  const etag = coding === undefined ? asset.etag : `${asset.etag.slice(0, -1)}-${coding}"`;
  const headers: Record<string, string> = {
    etag,
    vary: 'Accept-Encoding',
    'cache-control': asset.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': csp,
  };
  if (isKnown(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers });
  const body = (coding && asset[coding]) ?? (await asset.plain());
  headers['content-type'] = asset.type;
  headers['content-length'] = String(body.size);
  if (coding !== undefined) headers['content-encoding'] = coding;
  return new Response(body, { headers });
}

function chooseCoding(accepted: string, asset: Asset): Coding | undefined {
  const isWelcome = (coding: Coding) =>
    accepted
      .toLowerCase()
      .split(',')
      .some((entry) => new RegExp(`^ *${coding} *(; *q *= *(?!0(\\.0*)?\\s*$).*)?$`).test(entry));
  if (asset.br !== undefined && isWelcome('br')) return 'br';
  return asset.gzip !== undefined && isWelcome('gzip') ? 'gzip' : undefined;
}

function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.split(',').some((tag) => {
    const name = tag.trim().replace(/^W\//, '');
    return name === etag || name === '*';
  });
}
