import { computed, type ComputedRef } from 'vue';
import { useSubmissionRows } from './useSubmissionRows';

/** Where a submission stands in its form's table, and which stand beside it. */
export interface Neighbours {
  previous: ComputedRef<string | null>;
  next: ComputedRef<string | null>;
  /** Counted from 1; null while it is not known. */
  position: ComputedRef<number | null>;
  total: ComputedRef<number | null>;
}

/** Follows the table the reader came from; one who came by a link gets the newest rows. */
export function useNeighbours(project: () => string, form: () => string, instance: () => string): Neighbours {
  const submissions = useSubmissionRows(project, form);
  const index = computed(() => submissions.rows.value.findIndex((row) => row.instanceId === instance()));
  const at = (place: number): string | null => submissions.rows.value[place]?.instanceId ?? null;

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
