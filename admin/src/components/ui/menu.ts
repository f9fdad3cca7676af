import type { IconName } from './icons.ts';

export interface MenuItem {
  readonly key: string;
  readonly label: string;
  readonly icon?: IconName;
  /** At the right: a key, a count, a word. */
  readonly end?: string;
  readonly href?: string;
  readonly target?: string;
  /** What the link leads to is kept as a file; the page stays, also when there is no such file. */
  readonly isDownload?: boolean;
  readonly isDangerous?: boolean;
  readonly isChecked?: boolean;
  /** A line above it. */
  readonly hasLine?: boolean;
}
