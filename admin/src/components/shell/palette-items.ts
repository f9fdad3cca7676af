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
      {
        key: `new:record:${name}`,
        group: 'Collections',
        label: 'New record in',
        mono: name,
        icon: 'plus',
        end: 'Form',
        href: `#/collections/${name}/records?open=new`,
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
      key: 'new:user',
      group: 'Commands',
      label: 'New user',
      icon: 'plus',
      href: '#/users?open=new',
    },
    {
      key: 'new:token',
      group: 'Commands',
      label: 'New API token',
      icon: 'plus',
      href: '#/api-tokens?open=new',
    },
    {
      key: 'new:schedule',
      group: 'Commands',
      label: 'New schedule',
      icon: 'plus',
      href: '#/schedules?open=new',
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
