import { computed, ref, type ComputedRef, type CSSProperties, type ShallowRef } from 'vue';
import type { GridColumn } from './tables';
import { useColumnWindow } from './useColumnWindow';

/** How the columns of a wide table lie: the first stay in sight, of the others only those in sight are laid out. */
export interface GridColumns<Row> {
  /** For `grid-template-columns`. */
  template: ComputedRef<string>;
  drawn: ComputedRef<DrawnColumn<Row>[]>;
  /** Of all columns, in pixels. */
  totalWidth: ComputedRef<number>;
  /** Looks again where the table is scrolled to. */
  measure: () => void;
  /** Looks again how wide the table is. */
  look: () => void;
  /** Scrolls sideways until a column is in sight. */
  reveal: (column: number) => void;
}

/** A column that is laid out. */
export interface DrawnColumn<Row> {
  column: GridColumn<Row>;
  /** Among all columns, counted from 0. */
  index: number;
  isFrozen: boolean;
  style: CSSProperties;
}

export function useGridColumns<Row>(
  scroller: Readonly<ShallowRef<HTMLElement | null>>,
  columns: () => readonly GridColumn<Row>[],
  /** How many columns at the beginning should stay in sight. */
  frozen: () => number,
): GridColumns<Row> {
  const tableWidth = ref(1_200);
  // What stays in sight may take half of the table at most, so that the rest can be read.
  const frozenCount = computed(() => {
    let width = 0;
    let count = 0;
    for (const column of columns().slice(0, frozen())) {
      width += column.width;
      if (count > 0 && width > tableWidth.value / 2) {
        break;
      }
      count++;
    }
    return count;
  });
  const { first, last, starts, measure, reveal } = useColumnWindow(
    scroller,
    () => columns().map((column) => column.width),
    () => frozenCount.value,
  );

  const totalWidth = computed(() => (starts.value.at(-1) ?? 0) + (columns().at(-1)?.width ?? 0));
  // A gap stands for the columns before those in sight, whatever their number.
  const from = computed(() => Math.max(first.value, frozenCount.value));
  const template = computed(() => {
    const gap = (starts.value[from.value] ?? 0) - (starts.value[frozenCount.value] ?? 0);
    const widths = (some: readonly GridColumn<Row>[]) => some.map((column) => `${column.width}px`);
    return [
      ...widths(columns().slice(0, frozenCount.value)),
      `${gap}px`,
      ...widths(columns().slice(from.value, last.value + 1)),
    ].join(' ');
  });
  const drawn = computed(() =>
    [
      ...columns().slice(0, frozenCount.value).keys(),
      ...columns()
        .slice(from.value, last.value + 1)
        .map((_, at) => at + from.value),
    ].flatMap((index) => {
      const column = columns()[index];
      const isFrozen = index < frozenCount.value;
      const style = {
        gridColumnStart: isFrozen ? index + 1 : index - from.value + frozenCount.value + 2,
        insetInlineStart: isFrozen ? `${starts.value[index] ?? 0}px` : undefined,
      };
      return column === undefined ? [] : [{ column, index, isFrozen, style }];
    }),
  );

  function look(): void {
    measure();
    tableWidth.value = scroller.value?.clientWidth || tableWidth.value;
  }

  return { template, drawn, totalWidth, measure, look, reveal };
}
