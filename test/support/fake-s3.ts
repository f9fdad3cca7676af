/** A small S3 service: as much of it as uploads, downloads and deletes of one client need. */
export interface FakeS3 extends Disposable {
  readonly url: string;
  /** What it holds, by `<bucket>/<key>`. */
  readonly objects: Map<string, Uint8Array>;
  /** Every request, as `PUT /bucket/key`; parts of an upload each. */
  readonly requests: string[];
  /** How it answers from now on. */
  mode: 'works' | 'refuses' | 'breaks' | 'hangs' | 'hangs in the middle';
  /** Uploads that were begun and neither finished nor given up. */
  openUploads(): number;
}

export const S3_KEYS = { access: 'AKIDEXAMPLE', secret: 'a secret key of the bucket' } as const;

export function startFakeS3(): FakeS3 {
  const objects = new Map<string, Uint8Array>();
  const uploads = new Map<string, Map<number, Uint8Array>>();
  const requests: string[] = [];
  const never = new Promise<Response>(() => undefined);

  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    async fetch(request) {
      const url = new URL(request.url);
      const path = url.pathname.slice(1);
      const body = await request.bytes();
      requests.push(`${request.method} ${url.pathname}`);
      if (!isSigned(request)) return failure(403, 'SignatureDoesNotMatch');
      const uploadId = url.searchParams.get('uploadId');
      const part = Number(url.searchParams.get('partNumber'));
      switch (fake.mode) {
        case 'refuses':
          return failure(403, 'AccessDenied');
        case 'breaks':
          return new Response('it broke', { status: 500 });
        case 'hangs':
          return never;
        case 'hangs in the middle':
          if (part > 1) return never;
          break;
        case 'works':
          break;
      }
      switch (request.method) {
        case 'POST':
          return uploadId === null ? begin() : complete(path, uploadId);
        case 'PUT':
          if (uploadId === null) objects.set(path, body);
          else uploads.get(uploadId)?.set(part, body);
          return new Response(null, { headers: { etag: `"${body.length}"` } });
        case 'DELETE':
          if (uploadId === null) objects.delete(path);
          else uploads.delete(uploadId);
          return new Response(null, { status: 204 });
        default:
          return find(path, request.method === 'HEAD');
      }
    },
  });

  function begin(): Response {
    const id = crypto.randomUUID();
    uploads.set(id, new Map());
    return xml(
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  function complete(path: string, id: string): Response {
    const parts = [...(uploads.get(id) ?? [])].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
    objects.set(path, new Uint8Array(Buffer.concat(parts)));
    uploads.delete(id);
    return xml('<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>');
  }

  function find(path: string, isHead: boolean): Response {
    const bytes = objects.get(path);
    if (bytes === undefined) return failure(404, 'NoSuchKey');
    const headers = { 'content-length': String(bytes.length), etag: `"${bytes.length}"` };
    return new Response(isHead ? null : new Uint8Array(bytes), { headers });
  }

  const fake: FakeS3 = {
    url: `http://127.0.0.1:${server.port}`,
    objects,
    requests,
    mode: 'works',
    openUploads: () => uploads.size,
    [Symbol.dispose]: () => void server.stop(true),
  };
  return fake;
}

/** AWS4-HMAC-SHA256 with our access key, and never the secret itself. */
function isSigned({ headers }: Request): boolean {
  const authorization = headers.get('authorization') ?? '';
  const pattern = new RegExp(
    `^AWS4-HMAC-SHA256 Credential=${S3_KEYS.access}/\\d{8}/[\\w-]+/s3/aws4_request, ?SignedHeaders=[\\w;-]+, ?Signature=[0-9a-f]{64}$`,
  );
  return pattern.test(authorization) && !JSON.stringify([...headers]).includes(S3_KEYS.secret);
}

function xml(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'application/xml' } });
}

function failure(status: number, code: string): Response {
  return new Response(`<Error><Code>${code}</Code><Message>It was refused</Message></Error>`, {
    status,
    headers: { 'content-type': 'application/xml' },
  });
}
