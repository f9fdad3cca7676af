import { createHash } from 'node:crypto';
import { writeArchive } from '../../scripts/release/archive.ts';
import { OWN_TARGET } from './release.ts';

export interface FakeRelease extends AsyncDisposable {
  /** To be given to --url and TINYBASE_DOWNLOAD_URL. */
  readonly url: string;
  /** What is answered, by its path below the address; may be changed. */
  readonly files: Map<string, Uint8Array<ArrayBuffer> | (() => Response)>;
  /** What was asked for, in order. */
  readonly asked: string[];
  readonly archive: string;
  readonly sha256: string;
}

export interface FakeReleaseOptions {
  readonly version?: string;
  readonly schemaVersion?: number;
  /** Of the tables, as the program says it; that of the release when left out. */
  readonly programSchema?: number;
  /** In place of the program that says its version. */
  readonly program?: string | Uint8Array<ArrayBuffer>;
  /** In place of the archive. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly target?: string;
}

/** A server with a release whose program is a few lines of shell that know their version. */
export async function serveRelease({
  version = '99.0.0',
  schemaVersion = 999,
  programSchema = schemaVersion,
  program = fakeProgram(version, programSchema),
  bytes: given,
  target = OWN_TARGET.name,
}: FakeReleaseOptions = {}): Promise<FakeRelease> {
  const root = `tinybase-${version}-${target}`;
  const archive = `${root}.tar.gz`;
  const content = typeof program === 'string' ? new TextEncoder().encode(program) : program;
  const bytes =
    given ??
    (await writeArchive(
      'tar.gz',
      [{ path: `${root}/tinybase`, bytes: content, isProgram: true }],
      '2020-01-02',
    ));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const index = {
    version,
    date: '2020-01-02',
    schema_version: schemaVersion,
    targets: { [target]: { file: archive, sha256, bytes: bytes.length } },
  };
  const files: FakeRelease['files'] = new Map();
  for (const place of ['latest/download', `download/v${version}`]) {
    files.set(`${place}/latest.json`, encode(JSON.stringify(index)));
    files.set(`${place}/SHA256SUMS`, encode(`${sha256}  ${archive}\n`));
    files.set(`${place}/${archive}`, bytes);
  }
  const asked: string[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request: Request): Response {
      const path = new URL(request.url).pathname.slice(1);
      asked.push(path);
      const found = files.get(path);
      if (found === undefined) return new Response('Not found', { status: 404 });
      if (typeof found === 'function') return found();
      return new Response(found);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    files,
    asked,
    archive: `download/v${version}/${archive}`,
    sha256,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** Says what a program says that is asked for its version, and nothing else. */
export function fakeProgram(version: string, schema: number): string {
  const answer = JSON.stringify({ tinybase: version, schema_version: schema });
  return `#!/bin/sh\ncase "$1" in --version) echo ${version};; *) echo '${answer}';; esac\n`;
}

export function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
