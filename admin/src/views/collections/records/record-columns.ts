import type { Field } from '../../../api/types.ts';
import type { TableColumn, TableSort, TableWidths } from '../../../components/ui/table.ts';

/** What somebody chose for the columns of one collection; empty: as they come. */
export interface ColumnChoice {
  readonly order: readonly string[];
  readonly visible: Readonly<Record<string, boolean>>;
  readonly widths: TableWidths;
}

export interface ChosenColumn extends TableColumn {
  readonly isShown: boolean;
}

export const NO_CHOICE: ColumnChoice = { order: [], visible: {}, widths: {} };
const FIELDS_SHOWN = 8;
const CREATED_UP_TO = 6;

const SYSTEM_COLUMNS: readonly TableColumn[] = [
  { key: 'id', label: 'id', type: 'id', isSortable: true },
  { key: 'owner_id', label: 'owner_id', type: 'reference', isSortable: true },
  { key: 'created_at', label: 'created_at', type: 'datetime', isSortable: true },
  { key: 'updated_at', label: 'updated_at', type: 'datetime', isSortable: true },
];

/** Every column there could be: the fields, then what every record has. */
function allColumns(fields: readonly Field[]): TableColumn[] {
  const own = fields.map(
    ({ name, type }): TableColumn => ({
      key: name,
      label: name,
      type,
      isNumber: type === 'integer' || type === 'float',
      isSortable: type !== 'list' && type !== 'dict' && type !== 'json',
    }),
  );
  return [...own, ...SYSTEM_COLUMNS];
}

function isShownAtFirst(key: string, fields: readonly Field[]): boolean {
  const index = fields.findIndex((field) => field.name === key);
  if (index !== -1) return index < FIELDS_SHOWN;
  if (key === 'id') return fields.length === 0;
  return key === 'created_at' && fields.length <= CREATED_UP_TO;
}

/** All columns in the chosen order, each with whether it shows. */
export function chooseColumns(fields: readonly Field[], choice: ColumnChoice): ChosenColumn[] {
  const place = new Map(choice.order.map((key, index) => [key, index]));
  return allColumns(fields)
    .map((column, index) => ({ column, at: place.get(column.key) ?? choice.order.length + index }))
    .sort((a, b) => a.at - b.at)
    .map(({ column: { key, ...column } }) => ({
      ...column,
      key,
      isShown: choice.visible[key] ?? isShownAtFirst(key, fields),
    }));
}

/** What the table shows; on a phone the name and the next three. */
export function shownColumns(columns: readonly ChosenColumn[]): TableColumn[] {
  const shown = columns.filter((column) => column.isShown);
  const used = shown.length > 0 ? shown : columns.filter((column) => column.key === 'id');
  return used.map((column, index) => ({
    ...column,
    isDesktopOnly: index > 3,
    hasLabelOnPhone: index > 1 || (index === 1 && column.type !== 'string'),
  }));
}

/** Sorts of the route that this collection can do: the server refuses the others. */
export function knownSort(
  sort: readonly TableSort[],
  columns: readonly TableColumn[],
): readonly TableSort[] {
  const MOST = 8;
  return sort
    .filter(({ key }) => columns.some((column) => column.key === key && column.isSortable))
    .slice(0, MOST);
}
