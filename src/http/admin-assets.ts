import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { Elysia } from 'elysia';
import { AppError } from '../core/errors.ts';
import { IS_COMPILED } from '../lib/is-compiled.ts';
import { type Asset, serveAsset, toEtag, typeOf, unzip } from './asset.ts';

export const ADMIN_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const PREFIX = '/admin/';
/** Vite's names: a hash of eight characters before the extension. */
const HASHED = /^assets\/.*-[\w-]{8}\.\w+$/;
const DERIVED = /\.(br|map)$/;
const NOT_BUILT = `The admin app is not built. Run "npm run build" in the project, then start again;
a downloaded tinybase has it inside. The API works without it.
`;

/** Where the app is: inside the binary, or where the build of this checkout puts it. */
function findAdminFolder(): string {
  return IS_COMPILED
    ? join(import.meta.dir, 'admin')
    : join(import.meta.dir, '..', '..', 'build', 'admin');
}

/** The admin app under /admin: the built-in one, or a folder of the user's own. */
export function createAdminAssets(staticDir: string, folder = findAdminFolder()) {
  const answer = staticDir === 'builtin' ? serveBuiltIn(folder) : serveOwnFolder(staticDir);
  return new Elysia({ name: 'admin-assets' })
    .get('/admin', toAdmin, hidden)
    .get(PREFIX, ({ request }) => answer(request), hidden)
    .get(`${PREFIX}*`, ({ request }) => answer(request), hidden);
}

const hidden = { detail: { hide: true } };

function toAdmin(): Response {
  return new Response(null, { status: 308, headers: { location: PREFIX } });
}

function serveBuiltIn(folder: string) {
  let assets: ReadonlyMap<string, Asset> | undefined;
  return async (request: Request): Promise<Response> => {
    assets ??= loadAssets(folder);
    const index = assets.get('index.html');
    if (index === undefined) return notBuilt();
    const path = toFilePath(request.url);
    const asset = path === undefined ? undefined : assets.get(path);
    if (asset !== undefined) return serveAsset(request, asset, ADMIN_CSP);
    // The app's own router knows paths such as /admin/users/1; a missing file is no page of it.
    if (path === undefined || /\.\w+$/.test(path)) throw noSuchFile();
    return serveAsset(request, index, ADMIN_CSP);
  };
}

/** A folder that replaces the admin app; it gets the same CSP. */
function serveOwnFolder(staticDir: string) {
  let opened: ReturnType<typeof openFolder> | undefined;
  return async (request: Request): Promise<Response> => {
    const path = toFilePath(request.url);
    // The plugin joins decoded paths: without this check, %2e%2e%2f would leave the folder.
    if (path === undefined || /(^|[\\/])\./.test(path)) throw noSuchFile();
    opened ??= openFolder(staticDir);
    const files = await opened;
    const url = `http://localhost${PREFIX}${path.split('/').map(encodeURIComponent).join('/')}`;
    const answer = await files.handle(new Request(url, { headers: request.headers }));
    if (answer.status === 404) throw noSuchFile();
    answer.headers.set('content-security-policy', ADMIN_CSP);
    return answer;
  };
}

async function openFolder(staticDir: string) {
  const { staticPlugin } = await import('@elysiajs/static');
  const plugin = await staticPlugin({
    assets: staticDir,
    prefix: '/admin',
    alwaysStatic: false,
    indexHTML: false,
    maxAge: 0,
    directive: 'no-cache',
    silent: true,
  });
  return new Elysia().use(plugin);
}

/** The files of a folder by their path in it; those that compress are there in both codings only. */
function loadAssets(folder: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  const files = new Set(listFiles(folder));
  for (const file of files) {
    if (DERIVED.test(file)) continue;
    const path = join(folder, file);
    const name = file.replace(/\.gz$/, '').split(sep).join('/');
    const content = Bun.file(path);
    assets.set(name, {
      type: typeOf(name),
      etag: toEtag(readFileSync(path)),
      isImmutable: HASHED.test(name),
      ...(file.endsWith('.gz')
        ? {
            br: Bun.file(path.replace(/\.gz$/, '.br')),
            gzip: content,
            plain: () => unzip(content),
          }
        : { plain: () => content }),
    });
  }
  return assets;
}

function listFiles(folder: string): string[] {
  try {
    const found = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return found.filter((file) => statSync(join(folder, file)).isFile());
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The path below /admin/; undefined when it cannot be one of ours. It is only ever a key of a map. */
function toFilePath(url: string): string | undefined {
  const { pathname } = new URL(url);
  try {
    const path = decodeURIComponent(pathname.slice(PREFIX.length));
    if (path.split(/[\\/]/).includes('..')) return undefined;
    return path === '' ? 'index.html' : path;
  } catch {
    return undefined;
  }
}

function noSuchFile(): AppError {
  return new AppError('not_found', 'The admin app has no such file.');
}

function notBuilt(): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  return new Response(NOT_BUILT, { status: 404, headers });
}
