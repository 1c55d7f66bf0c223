import { computed, type ComputedRef } from 'vue';
import type { RowsQuery } from './useSubmissionRows';
import { useSubmissionRows } from './useSubmissionRows';

/** Where a submission stands in its form's table, and which stand beside it. */
export interface Neighbours {
  previous: ComputedRef<string | null>;
  next: ComputedRef<string | null>;
  /** Counted from 1; null while it is not known. */
  position: ComputedRef<number | null>;
  total: ComputedRef<number | null>;
}

/**
 * Follows the table the reader came from, with its filters and order; one who came by a link gets the newest rows.
 * `place` is where the submission stood in it, counted from 0.
 */
export function useNeighbours(
  project: () => string,
  form: () => string,
  instance: () => string,
  query: () => RowsQuery | null,
  place: () => number,
): Neighbours {
  const submissions = useSubmissionRows(project, form, query, () => place() + 2);
  const index = computed(() => submissions.rows.value.findIndex((row) => row.instanceId === instance()));
  const at = (row: number): string | null => submissions.rows.value[row]?.instanceId ?? null;

  return {
    previous: computed(() => (index.value < 0 ? null : at(index.value - 1))),
    next: computed(() => {
      if (index.value >= 0 && index.value >= submissions.rows.value.length - 2) {
        void submissions.more();
      }
      return index.value < 0 ? null : at(index.value + 1);
    }),
    position: computed(() => (index.value < 0 ? null : index.value + 1)),
    total: computed(() => submissions.total.value),
  };
}
