/** A column of a table of a few dozen rows. */
export interface TableColumn {
  key: string;
  label: string;
  /** Numbers stand at the end of their cell. */
  isNumber?: boolean;
  /** Takes only the width it needs. */
  isNarrow?: boolean;
  /** The label is only for screen readers. */
  isLabelHidden?: boolean;
}

/** A column of a table of any length. */
export interface GridColumn<R> {
  key: string;
  label: string;
  /** Said when the pointer rests on the heading. */
  hint?: string;
  /** In pixels. */
  width: number;
  isNumber?: boolean;
  /** Whether the rows stand in the order of this column; absent where they cannot. */
  sort?: 'none' | 'ascending' | 'descending';
  text: (row: R) => string;
  /** Whether a cell withholds what it holds, which its text says. */
  isWithheld?: (row: R) => boolean;
}
