import { describe, test } from 'bun:test';

const NETWORK =
  /^(https?_proxy|all_proxy|no_proxy|npm_config_registry|bun_config_registry|node_extra_ca_certs|ssl_cert_(file|dir))$/i;

/** How this machine reaches the world: the binary is started with nothing else of its settings. */
export function networkEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      NETWORK.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

let answer: Promise<boolean> | undefined;

/** Whether packages can be had at all; asked without the product, whose faults must fail and not skip. */
export function canReachRegistry(): Promise<boolean> {
  answer ??= askRegistry();
  return answer;
}

async function askRegistry(): Promise<boolean> {
  const named = Object.entries(networkEnv()).find(([name]) => /config_registry$/i.test(name))?.[1];
  const address = new URL('slugify', named ?? 'https://registry.npmjs.org/');
  try {
    return (await fetch(address, { signal: AbortSignal.timeout(15_000) })).ok;
  } catch {
    return false;
  }
}

/** Groups tests that download packages; without a registry they are one test, skipped by name. */
export function describeWithRegistry(what: string, isReachable: boolean, suite: () => void): void {
  if (isReachable) describe(what, suite);
  else test.skip(`${what} (no package registry can be reached)`, () => {});
}
