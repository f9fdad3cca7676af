import type { PaletteItem } from '../ui/palette.ts';
import { DOCS_HREF, NAV_ITEMS, OPENAPI_HREF } from './nav-items.ts';

/** What the palette finds: pages, collections, functions, commands. */
export function paletteItems(
  collections: readonly string[],
  functions: readonly string[],
): PaletteItem[] {
  return [
    ...NAV_ITEMS.map(
      ({ label, icon, to }): PaletteItem => ({
        key: `page:${to}`,
        group: 'Pages',
        label,
        icon,
        end: 'Open',
        href: `#${to}`,
      }),
    ),
    ...collections.flatMap((name): PaletteItem[] => [
      {
        key: `collection:${name}`,
        group: 'Collections',
        label: '',
        mono: name,
        icon: 'rows',
        end: 'Records',
        href: `#/collections/${name}/records`,
      },
      {
        key: `schema:${name}`,
        group: 'Collections',
        label: 'Schema of',
        mono: name,
        icon: 'database',
        end: 'Schema',
        href: `#/collections/${name}/schema`,
      },
    ]),
    ...functions.flatMap((name): PaletteItem[] => [
      {
        key: `function:${name}`,
        group: 'Functions',
        label: '',
        mono: name,
        icon: 'function',
        end: 'Source',
        href: `#/functions/${name}/source`,
      },
      {
        key: `run:${name}`,
        group: 'Functions',
        label: 'Run',
        mono: name,
        icon: 'play',
        end: 'Form',
        href: `#/functions/${name}/run`,
      },
      {
        key: `calls:${name}`,
        group: 'Functions',
        label: 'Calls of',
        mono: name,
        icon: 'activity',
        end: 'List',
        href: `#/functions/${name}/calls`,
      },
    ]),
    {
      key: 'new:collection',
      group: 'Commands',
      label: 'New collection',
      icon: 'plus',
      href: '#/collections/new',
    },
    {
      key: 'docs',
      group: 'Commands',
      label: 'API docs',
      icon: 'api',
      end: 'New tab',
      href: DOCS_HREF,
    },
    {
      key: 'openapi',
      group: 'Commands',
      label: '',
      mono: 'openapi.json',
      icon: 'braces',
      end: 'New tab',
      href: OPENAPI_HREF,
    },
    { key: 'theme:light', group: 'Commands', label: 'Light theme', icon: 'theme' },
    { key: 'theme:dark', group: 'Commands', label: 'Dark theme', icon: 'theme' },
    { key: 'theme:system', group: 'Commands', label: 'Theme of the system', icon: 'theme' },
    { key: 'help', group: 'Commands', label: 'Keys', icon: 'keyboard', words: 'shortcuts help' },
    { key: 'out', group: 'Commands', label: 'Sign out', icon: 'log-out', words: 'log out leave' },
  ];
}

export const SHORTCUT_LIST = [
  { keys: 'Ctrl K', text: 'Find a page, collection, function, user or id, or run a command' },
  { keys: 'G then O', text: 'Overview; C collections, F functions, H calls, U users, A API docs' },
  { keys: '/', text: 'Filter this list' },
  { keys: 'N', text: 'New one' },
  { keys: 'J K', text: 'Next and previous row, as the arrow keys' },
  { keys: 'Enter', text: 'Open the row' },
  { keys: 'X', text: 'Select the row, with Shift up to it' },
  { keys: 'E', text: 'Edit' },
  { keys: 'Ctrl S', text: 'Save' },
  { keys: 'Ctrl Enter', text: 'Run' },
  { keys: 'Ctrl Z', text: 'Undo the last thing, while its notice shows' },
  { keys: '[', text: 'Fold the side bar' },
  { keys: 'Esc', text: 'Close the top layer' },
  { keys: '?', text: 'This list' },
] as const;
