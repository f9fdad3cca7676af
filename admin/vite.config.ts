import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin } from 'vite';

/**
 * The editor's styles come by style-mod, which writes a <style> into a document and adopts a sheet
 * only into a shadow root. The strict CSP forbids the first and allows the second, which every
 * browser of `target` can do for a document as well.
 */
function adoptStyles(): Plugin {
  const before = 'if (!root.head && root.adoptedStyleSheets';
  return {
    name: 'adopt-styles',
    transform(code, id) {
      if (!/[\\/]style-mod\.js/.test(id)) return undefined;
      if (!code.includes(before)) throw new Error(`style-mod no longer says: ${before}`);
      return { code: code.replace(before, 'if (root.adoptedStyleSheets'), map: null };
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/admin/',
  plugins: [
    // The app is written with the composition API only; the other one is not shipped.
    vue({ features: { optionsAPI: false } }),
    adoptStyles(),
  ],
  build: {
    outDir: fileURLToPath(new URL('../build/admin-raw', import.meta.url)),
    emptyOutDir: true,
    assetsDir: 'assets',
    // Under the strict CSP nothing of ours may be a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Both know light-dark(); an older target would have it rewritten.
    target: ['chrome123', 'firefox120', 'safari17.5'],
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/health', '/ready', '/docs', '/openapi.json'].map((path) => [
        path,
        'http://127.0.0.1:8000',
      ]),
    ),
  },
});
