import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/admin/',
  plugins: [
    // The app is written with the composition API only; the other one is not shipped.
    vue({ features: { optionsAPI: false } }),
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
