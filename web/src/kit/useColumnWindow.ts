import { computed, ref, type ComputedRef, type ShallowRef } from 'vue';

/** Which columns of a wide table are in sight, so that the others need not be drawn. */
export interface ColumnWindow {
  first: ComputedRef<number>;
  last: ComputedRef<number>;
  /** Where each column begins, in pixels. */
  starts: ComputedRef<number[]>;
  /** Looks again where the table is scrolled to. */
  measure: () => void;
  /** Scrolls sideways until a column is in sight. */
  reveal: (column: number) => void;
}

const marginPixels = 400;

export function useColumnWindow(
  scroller: Readonly<ShallowRef<HTMLElement | null>>,
  widths: () => readonly number[],
  /** How many columns at the beginning stay in sight. */
  frozen: () => number,
): ColumnWindow {
  const start = ref(0);
  const width = ref(2_000);

  const starts = computed(() => {
    let sum = 0;
    return widths().map((one) => {
      const at = sum;
      sum += one;
      return at;
    });
  });
  const end = (column: number): number => (starts.value[column] ?? 0) + (widths()[column] ?? 0);

  const first = computed(() => {
    const found = starts.value.findIndex((_, column) => end(column) > start.value - marginPixels);
    return found < 0 ? 0 : found;
  });
  const last = computed(() => {
    const found = starts.value.findIndex((at) => at > start.value + width.value + marginPixels);
    return found < 0 ? starts.value.length - 1 : found;
  });

  function measure(): void {
    const element = scroller.value;
    if (element !== null) {
      start.value = Math.abs(element.scrollLeft); // Below zero where the page reads from the right.
      // Nothing is measured of a table that is not laid out yet.
      width.value = element.clientWidth || width.value;
    }
  }

  function reveal(column: number): void {
    const element = scroller.value;
    if (element === null) {
      return;
    }
    if (column < frozen()) {
      return;
    }
    const from = (starts.value[column] ?? 0) - (starts.value[frozen()] ?? 0);
    const to = end(column) - element.clientWidth;
    const now = Math.abs(element.scrollLeft);
    const next = now > from ? from : now < to ? to : now;
    element.scrollLeft = getComputedStyle(element).direction === 'rtl' ? -next : next;
    measure();
  }

  return { first, last, starts, measure, reveal };
}
