import type { Extension } from '../../api/types.ts';

interface StateWords {
  readonly kind: 'succeeded' | 'failed' | 'running' | 'off' | 'warning';
  readonly label: string;
}

const STATE_WORDS = {
  running: { kind: 'succeeded', label: 'Running' },
  starting: { kind: 'running', label: 'Starting' },
  failed: { kind: 'failed', label: 'Does not load' },
  broken: { kind: 'failed', label: 'Broken' },
  stopped: { kind: 'warning', label: 'Not running' },
  off: { kind: 'off', label: 'Switched off' },
  disabled: { kind: 'off', label: 'Disabled' },
} as const satisfies Record<Extension['state'], StateWords>;

/** How an extension fares, in a word. */
export function stateOf({ state }: Extension): StateWords {
  return STATE_WORDS[state];
}

/** Where it came from, short. */
export function sourceWords({ source }: Extension): string {
  if (source === null) return 'put there by hand';
  const ref = source.ref === null ? '' : `#${source.ref}`;
  return `${source.location}${ref}`;
}
