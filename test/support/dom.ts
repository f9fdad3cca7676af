// First import of a component test: a page to stand in, gone again with the file. Vue looks for it while
// it is loaded, so that everything else of such a test comes by `await import`.
import './vue-plugin.ts';
import { afterAll } from 'bun:test';
import { Window } from 'happy-dom';

/** Bun has them too, but a page only takes its own. */
const REPLACED = new Set(['Event', 'CustomEvent', 'EventTarget', 'navigator', 'location']);

const page = new Window({ url: 'http://admin.test/admin/', width: 1440, height: 900 });
const names = [...Object.getOwnPropertyNames(page)].filter(
  (name) => !name.startsWith('_') && (REPLACED.has(name) || !(name in globalThis)),
);
const before = names.map(
  (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
);
for (const name of names) {
  const value: unknown = name === 'window' ? page : Reflect.get(page, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

afterAll(async () => {
  for (const [name, was] of before) {
    if (was === undefined) Reflect.deleteProperty(globalThis, name);
    else Object.defineProperty(globalThis, name, was);
  }
  await page.happyDOM.close();
});
