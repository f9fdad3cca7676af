import { defineComponent, h, type PropType, type Slots } from 'vue';
import type { TableCell, TableColumn } from './table.ts';

/** What all rows of a table have in common: one object, so that it never makes a row draw itself anew. */
export interface RowTable {
  readonly cells: readonly TableCell[];
  /** Cells of columns that are out of sight are left out. */
  readonly isPartial: boolean;
  readonly headAt: number;
  readonly slots: Slots;
  readonly isSelectable: boolean | undefined;
  readonly isOpenable: boolean;
  readonly canOpen: boolean | undefined;
  readonly isEditable: boolean;
  href(row: unknown): string | undefined;
  label(row: unknown): string | undefined;
  widthOf(column: TableColumn): Record<string, string> | undefined;
}

export function classesOf(column: TableColumn): Record<string, boolean | undefined> {
  return {
    num: column.isNumber,
    mono: column.isMono,
    fill: column.isFill,
    clip: column.isFill,
    pri2: column.priority === 2,
    pri3: column.priority === 3,
    'only-l': column.isDesktopOnly,
  };
}

/**
 * One row. A component of its own, so that a table that is scrolled draws the rows that come and leaves
 * those that stay alone: with twenty columns that is most of its work.
 */
export const TableRow = defineComponent({
  name: 'TableRow',
  props: {
    table: { type: Object as PropType<RowTable>, required: true },
    row: { type: null as unknown as PropType<unknown>, required: true },
    rowKey: { type: String, required: true },
    index: { type: Number, required: true },
    rowIndex: { type: Number as PropType<number | undefined>, default: undefined },
    isFresh: Boolean,
    isChosen: Boolean,
    isOpen: Boolean,
    /** The column whose cell is being edited. */
    editing: { type: String as PropType<string | undefined>, default: undefined },
  },
  emits: {
    tick: (_index: number, _isRange: boolean) => true,
    press: (_row: unknown, _event: MouseEvent) => true,
    double: (_event: MouseEvent) => true,
    follow: (_row: unknown, _event: MouseEvent) => true,
    open: (_row: unknown) => true,
  },
  setup(props, { emit }) {
    function content(column: TableColumn) {
      const { slots } = props.table;
      const value = (props.row as Record<string, unknown>)[column.key];
      const own = slots[`cell-${column.key}`];
      if (own) return own({ row: props.row, value });
      return slots.cell?.({ row: props.row, column, value }) ?? [String(value ?? '')];
    }

    function headContent(column: TableColumn) {
      const { table, row } = props;
      const href = table.href(row);
      if (href !== undefined) {
        const onClick = (event: MouseEvent) => emit('follow', row, event);
        return [h('a', { href, onClick }, content(column))];
      }
      if (!table.canOpen) return content(column);
      const onClick = () => emit('open', row);
      return [h('button', { type: 'button', class: 'link', onClick }, content(column))];
    }

    function cell(column: TableColumn, at: number) {
      const { table, editing } = props;
      const isHead = at === table.headAt;
      const isEditing = editing === column.key;
      const style = table.widthOf(column);
      return h(
        isHead ? 'th' : 'td',
        {
          key: column.key,
          scope: isHead ? 'row' : undefined,
          'aria-colindex': table.isPartial ? at + (table.isSelectable ? 2 : 1) : undefined,
          class: [
            classesOf(column),
            isHead ? 'name nowrap' : '',
            { sized: style !== undefined, editing: isEditing },
          ],
          style,
          'data-l': column.hasLabelOnPhone ? column.label : undefined,
          'data-column': table.isEditable ? column.key : undefined,
          tabindex: table.isEditable && !isHead ? -1 : undefined,
        },
        [
          ...(isHead ? headContent(column) : content(column)),
          isEditing ? table.slots.editor?.() : undefined,
        ],
      );
    }

    function tick() {
      return h('td', { class: 'pick only-l' }, [
        h('input', {
          type: 'checkbox',
          checked: props.isChosen,
          'aria-label': `Select ${props.table.label(props.row) ?? props.rowKey}`,
          onClick: (event: MouseEvent) => emit('tick', props.index, event.shiftKey),
        }),
      ]);
    }

    return () => {
      const { table, row } = props;
      return h(
        'tr',
        {
          'data-index': props.index,
          'aria-rowindex': props.rowIndex,
          class: { can: table.isOpenable, fresh: props.isFresh },
          tabindex: table.isOpenable ? undefined : -1,
          'aria-selected': props.isOpen || props.isChosen || undefined,
          onClick: (event: MouseEvent) => emit('press', row, event),
          onDblclick: (event: MouseEvent) => emit('double', event),
        },
        [
          table.isSelectable ? tick() : undefined,
          ...table.cells.map((each) =>
            'span' in each
              ? h('td', { key: each.key, colspan: each.span })
              : cell(each.column, each.at),
          ),
          table.slots.actions
            ? h('td', { class: 'num more' }, table.slots.actions({ row }))
            : undefined,
        ],
      );
    };
  },
});
