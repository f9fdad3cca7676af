import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

export interface FakePackage {
  readonly version?: string;
  /** By path inside the package; package.json is made. */
  readonly files?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  /** The registry promises another content than it sends. */
  readonly isForged?: boolean;
  /** Answers with this status instead. */
  readonly status?: number;
  /** Its archive begins and never ends. */
  readonly isHanging?: boolean;
}

export interface FakeRegistry {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** The authorization headers that were sent. */
  readonly tokens: Set<string>;
  /** Downloads that hang at this moment. */
  hanging(): number;
  [Symbol.dispose](): void;
}

/** An npm registry with these packages, on this machine. */
export async function startRegistry(
  packages: Readonly<Record<string, FakePackage>>,
): Promise<FakeRegistry> {
  const asked: string[] = [];
  const tokens = new Set<string>();
  const archives = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [name, content] of Object.entries(packages))
    archives.set(name, await toArchive(name, content));
  let hanging = 0;
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch(request): Response {
      const path = decodeURIComponent(new URL(request.url).pathname).slice(1);
      asked.push(path);
      const token = request.headers.get('authorization');
      if (token !== null) tokens.add(token);
      const [name = '', isArchive] = path.endsWith('.tgz')
        ? [path.slice(0, -'.tgz'.length), true]
        : [path, false];
      const content = packages[name];
      const archive = archives.get(name);
      if (!content || !archive) return Response.json({ error: 'not found' }, { status: 404 });
      if (content.status !== undefined) return Response.json({}, { status: content.status });
      if (!isArchive)
        return Response.json(toManifest(name, content, archive, new URL('/', request.url).href));
      return content.isHanging ? hang(request.signal) : new Response(archive);
    },
  });

  function hang(gone: AbortSignal): Response {
    hanging++;
    gone.addEventListener('abort', () => void hanging--);
    return new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array([0x1f, 0x8b])),
      }),
    );
  }

  return {
    url: server.url.href,
    asked,
    tokens,
    hanging: () => hanging,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

function describe(name: string, { version = '1.0.0', scripts = {} }: FakePackage) {
  const hasScripts = Object.keys(scripts).length > 0;
  return { name, version, main: 'index.js', ...(hasScripts ? { scripts } : {}) };
}

function toManifest(name: string, content: FakePackage, archive: Uint8Array, url: string) {
  const about = describe(name, content);
  const promised = content.isForged ? new Uint8Array([1, 2, 3]) : archive;
  const integrity = `sha512-${new Bun.CryptoHasher('sha512').update(promised).digest('base64')}`;
  const dist = { tarball: `${url}${name}.tgz`, integrity };
  return {
    name,
    'dist-tags': { latest: about.version },
    versions: {
      [about.version]: { ...about, dist, hasInstallScript: about.scripts !== undefined },
    },
  };
}

async function toArchive(name: string, content: FakePackage): Promise<Uint8Array<ArrayBuffer>> {
  const archive = pack();
  const files = {
    'index.js': `module.exports = ${JSON.stringify(name)};`,
    ...content.files,
    'package.json': JSON.stringify(describe(name, content)),
  };
  for (const [path, text] of Object.entries(files))
    archive.entry({ name: `package/${path}` }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(Buffer.from(chunk as Uint8Array));
  return new Uint8Array(gzipSync(Buffer.concat(chunks)));
}
