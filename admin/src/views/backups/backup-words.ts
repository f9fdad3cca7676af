import type { Backup } from '../../api/types.ts';

interface StateWords {
  readonly kind: 'succeeded' | 'failed' | 'running';
  readonly label: string;
}

/** How a backup fares: what was found by a check counts more than that it was made. */
export function stateWords({ status, progress, check_result: found }: Backup): StateWords {
  if (status === 'running') {
    const share = progress === null ? '' : ` ${Math.floor(progress * 100)} %`;
    return { kind: 'running', label: `Running${share}` };
  }
  if (status === 'failed') return { kind: 'failed', label: 'Failed' };
  if (found === null) return { kind: 'succeeded', label: 'Done' };
  return found === 'ok'
    ? { kind: 'succeeded', label: 'Checked' }
    : { kind: 'failed', label: 'Damaged' };
}

export const TRIGGER_WORDS = {
  manual: 'By hand',
  schedule: 'Schedule',
} as const satisfies Record<Backup['trigger_type'], string>;

/** The name of the file alone. */
export function fileName(location: string): string {
  return location.split('/').at(-1) ?? location;
}
