import { plugin } from 'bun';
import { filterKeyOf, type HookEntry, type HostedExtension } from '../protocol/extensions.ts';
import * as sdk from '../sdk/extensions.ts';
import { onRegister } from '../sdk/register.ts';
import * as tinybase from '../sdk/tinybase.ts';

/** Handlers come with the event and their context. */
type Handler = (event: unknown, ctx: sdk.ExtensionContext) => unknown;

export interface LoadedHook extends HookEntry {
  readonly handler: Handler;
}

/** An extension and what it registered, as far as it was loaded. */
export interface LoadedExtension {
  readonly extension: HostedExtension;
  readonly hooks: LoadedHook[];
  hasFunctions: boolean;
}

/** Makes `import … from "tinybase"` and `… from "tinybase/extensions"` work without any package installed. */
export function provideExtensionSdk(): void {
  plugin({
    name: 'tinybase',
    setup(build) {
      build.module('tinybase', () => ({ exports: { ...tinybase }, loader: 'object' }));
      build.module('tinybase/extensions', () => ({ exports: hooksOf(sdk), loader: 'object' }));
    },
  });
}

/** What an extension may import of it; the rest is between us. */
function hooksOf({ onHook: _, ...exported }: typeof sdk): Record<string, unknown> {
  return exported;
}

/** From now on what is registered is that extension's; undefined: nobody may register any more. */
export function receiveHooks(loaded: LoadedExtension | undefined, ownerOf: OwnerOf): void {
  /** The extension that is at it. A timer of another one may come in between. */
  const take = (what: string, calledFrom: string | undefined): LoadedExtension => {
    const owner = ownerOf(calledFrom);
    if (loaded && (owner === null || owner === loaded.extension.name)) return loaded;
    throw new Error(`${what}() counts only while the extension loads.`);
  };
  sdk.onHook((registration) => {
    const { hook, calledFrom } = registration;
    take(hook, calledFrom).hooks.push(toHook(registration));
  });
  // Functions run in the workers, which load the extension as well.
  onRegister((_, calledFrom) => {
    take('register', calledFrom).hasFunctions = true;
  });
}

/** The extension in whose folder the file lies; null for one that is nobody's. */
type OwnerOf = (file: string | undefined) => string | null;

/** Checks what on_x() was given, at run time: extensions need not be type-checked. Throws sentences. */
function toHook({ hook, args }: sdk.HookRegistration): LoadedHook {
  const handler: unknown = args.at(-1);
  if (typeof handler !== 'function' || args.length > 2)
    throw new TypeError(`${hook}() wants a handler, or a filter and a handler.`);
  const filter = args.length === 2 ? readFilter(hook, args[0]) : null;
  return { hook, filter, handler: handler as Handler };
}

function readFilter(hook: sdk.HookRegistration['hook'], given: unknown): string {
  const key = filterKeyOf(hook);
  if (key === undefined) throw new TypeError(`${hook}() has no filter; it wants a handler.`);
  const entries = typeof given === 'object' && given !== null ? Object.entries(given) : [];
  const [[name, value] = []] = entries;
  if (entries.length !== 1 || name !== key || typeof value !== 'string' || value === '')
    throw new TypeError(`${hook}() wants its filter as { ${key}: "…" }.`);
  return value;
}
