import type { IconName } from '../ui/icons.ts';

export interface NavItem {
  readonly label: string;
  readonly icon: IconName;
  readonly to: string;
  /** The letter after G. */
  readonly letter: string;
  readonly group?: 'Data' | 'Logic' | 'Access' | 'Instance';
}

export const NAV_ITEMS: readonly NavItem[] = [
  { label: 'Overview', icon: 'overview', to: '/', letter: 'o' },
  { label: 'Collections', icon: 'database', to: '/collections', letter: 'c', group: 'Data' },
  { label: 'Functions', icon: 'function', to: '/functions', letter: 'f', group: 'Logic' },
  { label: 'Schedules', icon: 'clock', to: '/schedules', letter: 's', group: 'Logic' },
  { label: 'Calls', icon: 'activity', to: '/calls', letter: 'h', group: 'Logic' },
  { label: 'Users', icon: 'users', to: '/users', letter: 'u', group: 'Access' },
  { label: 'API tokens', icon: 'key', to: '/api-tokens', letter: 't', group: 'Access' },
  { label: 'API', icon: 'api', to: '/api', letter: 'a', group: 'Instance' },
  { label: 'Extensions', icon: 'plug', to: '/extensions', letter: 'e', group: 'Instance' },
  { label: 'Backups', icon: 'archive', to: '/backups', letter: 'b', group: 'Instance' },
  { label: 'Audit log', icon: 'shield', to: '/audit', letter: 'l', group: 'Instance' },
  { label: 'Settings', icon: 'settings', to: '/settings', letter: ',', group: 'Instance' },
];

export const DOCS_HREF = '/docs';
export const OPENAPI_HREF = '/openapi.json';

/** Whether a path lies under a nav entry; Overview is only itself. */
export function isUnder(path: string, to: string): boolean {
  return to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
}
