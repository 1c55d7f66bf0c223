import { ref, type Ref } from 'vue';

/** The cell that the keyboard is at, in a table that is one stop of the Tab key. */
export interface GridKeys {
  activeRow: Ref<number>;
  activeColumn: Ref<number>;
  /** Does what a key means: arrows, Page Up and Down, Home and End move, Enter opens, Space chooses. */
  pressed: (event: KeyboardEvent) => void;
}

/** What the keyboard moves in. */
export interface GridToMoveIn {
  rows: () => number;
  columns: () => number;
  /** How many rows a page has. */
  page: () => number;
  /** Brings the cell into sight. */
  show: (row: number, column: number) => void;
  open: (row: number) => void;
  /** Chooses a row, or no longer. */
  mark: (row: number) => void;
}

export function useGridKeys(grid: GridToMoveIn): GridKeys {
  const activeRow = ref(0);
  const activeColumn = ref(0);

  function move(row: number, column: number): void {
    activeRow.value = Math.max(0, Math.min(grid.rows() - 1, row));
    activeColumn.value = Math.max(0, Math.min(grid.columns() - 1, column));
    grid.show(activeRow.value, activeColumn.value);
  }

  function pressed(event: KeyboardEvent): void {
    const [row, column] = [activeRow.value, activeColumn.value];
    const forward = isRtl(event.currentTarget) ? -1 : 1;
    const steps: Record<string, () => void> = {
      ArrowDown: () => move(row + 1, column),
      ArrowUp: () => move(row - 1, column),
      ArrowRight: () => move(row, column + forward),
      ArrowLeft: () => move(row, column - forward),
      PageDown: () => move(row + grid.page(), column),
      PageUp: () => move(row - grid.page(), column),
      Home: () => move(event.ctrlKey ? 0 : row, 0),
      End: () => move(event.ctrlKey ? grid.rows() - 1 : row, grid.columns() - 1),
      Enter: () => grid.open(row),
      ' ': () => grid.mark(row),
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      step();
    }
  }

  return { activeRow, activeColumn, pressed };
}

function isRtl(target: EventTarget | null): boolean {
  return getComputedStyle(target instanceof Element ? target : document.body).direction === 'rtl';
}
