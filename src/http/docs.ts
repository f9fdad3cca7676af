import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Elysia } from 'elysia';
import icon from 'swagger-ui-dist/favicon-32x32.png' with { type: 'file' };
import styles from 'swagger-ui-dist/swagger-ui.css' with { type: 'file' };
import bundle from 'swagger-ui-dist/swagger-ui-bundle.js' with { type: 'file' };
import { type Asset, serveAsset, toEtag, typeOf, unzip } from './asset.ts';

/** Swagger UI draws with data: images; scripts and styles are files of ours only. */
export const DOCS_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TinyBase API</title>
<link rel="icon" href="/docs/icon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<noscript>This page needs JavaScript; the document is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/init.js"></script>
</body>
</html>
`;

// After "Authorize" the document is asked for again: it shows what its caller may use.
const INIT = `let ui;
ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  filter: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  requestInterceptor(request) {
    if (request.loadSpec) {
      const token = ui?.authSelectors?.authorized?.().getIn(['bearer', 'value']);
      if (token) request.headers.Authorization = 'Bearer ' + token;
    }
    return request;
  },
  onComplete() {
    if (window.isAuthorizeWatched) return;
    window.isAuthorizeWatched = true;
    for (const name of ['authorize', 'logout']) {
      const original = ui.authActions[name];
      ui.authActions[name] = (...given) => {
        const answer = original(...given);
        ui.specActions.download('/openapi.json');
        return answer;
      };
    }
  },
});
`;

const gzipInThread = promisify(gzip);
/** What a gzip file begins with: RFC 1952. */
const GZIP = [0x1f, 0x8b] as const;

/** The interactive documentation, all of it from this program. */
export function createDocs() {
  const files = {
    '/docs': () => toAsset('docs.html', new Blob([PAGE])),
    '/docs/init.js': () => toAsset('init.js', new Blob([INIT])),
    '/docs/swagger-ui-bundle.js': () => toAsset('bundle.js', Bun.file(bundle)),
    '/docs/swagger-ui.css': () => toAsset('styles.css', Bun.file(styles)),
    '/docs/icon.png': () => toAsset('icon.png', Bun.file(icon)),
  };
  const app = new Elysia({ name: 'docs' });
  for (const [path, load] of Object.entries(files)) {
    let asset: Promise<Asset> | undefined;
    app.get(
      path,
      async ({ request }) => {
        asset ??= load();
        return serveAsset(request, await asset, DOCS_CSP);
      },
      { detail: { hide: true } },
    );
  }
  return app;
}

/** Compressed by the first request, in a thread: 1.5 MB take 50 ms. The build has done so with the large ones. */
async function toAsset(name: string, content: Blob): Promise<Asset> {
  const bytes = await content.bytes();
  const head = { type: typeOf(name), etag: toEtag(bytes), isImmutable: false };
  if (name.endsWith('.png')) return { ...head, plain: () => content };
  if (bytes[0] === GZIP[0] && bytes[1] === GZIP[1])
    return { ...head, gzip: content, plain: () => unzip(content) };
  return { ...head, gzip: new Blob([await gzipInThread(bytes)]), plain: () => content };
}
