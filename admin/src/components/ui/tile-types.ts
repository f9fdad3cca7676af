import type { FieldType } from '../../api/types.ts';
import type { IconName } from './icons.ts';

/** The types of fields, and the id that every record has. */
export type TileType = FieldType | 'id';
export type TileFamily = 'text' | 'number' | 'truth' | 'time' | 'shape' | 'link';

interface Tile {
  readonly family: TileFamily;
  readonly icon?: IconName;
  readonly glyph?: string;
}

const TILES = {
  string: { family: 'text', icon: 'type' },
  email: { family: 'text', icon: 'at' },
  url: { family: 'text', icon: 'link' },
  uuid: { family: 'text', icon: 'key' },
  id: { family: 'text', icon: 'key' },
  integer: { family: 'number', glyph: '12' },
  float: { family: 'number', glyph: '.5' },
  boolean: { family: 'truth', icon: 'toggle' },
  date: { family: 'time', icon: 'calendar' },
  datetime: { family: 'time', icon: 'clock' },
  list: { family: 'shape', icon: 'brackets' },
  dict: { family: 'shape', icon: 'braces' },
  json: { family: 'shape', icon: 'api' },
  reference: { family: 'link', icon: 'arrow-up-right' },
} as const satisfies Record<TileType, Tile>;

export function tileOf(type: TileType): Tile {
  return TILES[type];
}
