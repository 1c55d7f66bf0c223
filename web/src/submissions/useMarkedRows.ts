import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue';
import { searchRows } from '../api/submissions';
import type { SubmissionRow } from '../api/types';
import type { RowsQuery } from './useSubmissionRows';

/** The most submissions that are moved at once. */
export const mostMarked = 5_000;

/** A submission that is chosen, in the version and at the stage that the table showed. */
export interface MarkedRow {
  instanceId: string;
  version: number;
  stageId: number | null;
  /** When it came, and who sent it, to tell it from others. */
  submittedAt: string;
  submitter: string;
}

/** Which submissions of a table are chosen. */
export interface MarkedRows {
  marked: ShallowRef<ReadonlyMap<string, MarkedRow>>;
  keys: ComputedRef<ReadonlySet<string>>;
  mark: (rows: readonly SubmissionRow[], isMarked: boolean) => void;
  /** Chooses all that the table has, also those that are not loaded, up to the most. */
  markAll: () => Promise<void>;
  clear: () => void;
}

const markedOf = (row: SubmissionRow): MarkedRow => ({
  instanceId: row.instanceId,
  version: row.edits + 1,
  stageId: row.standing?.stageId ?? null,
  submittedAt: row.submittedAt,
  submitter: row.submitter.name,
});

/** Keeps what is chosen in a form's table; other filters, another choice. */
export function useMarkedRows(
  project: () => string,
  form: () => string,
  query: () => RowsQuery | null,
): MarkedRows {
  const marked = shallowRef<ReadonlyMap<string, MarkedRow>>(new Map());
  const clear = (): void => void (marked.value = new Map());

  function mark(rows: readonly SubmissionRow[], isMarked: boolean): void {
    const changed = new Map(marked.value);
    for (const row of rows) {
      if (!isMarked) {
        changed.delete(row.instanceId);
      } else if (changed.size < mostMarked || changed.has(row.instanceId)) {
        changed.set(row.instanceId, markedOf(row));
      }
    }
    marked.value = changed;
  }

  async function markAll(): Promise<void> {
    const wanted = query();
    if (wanted !== null) {
      const { filter, order, isDraft } = wanted;
      const search = { after: null, limit: mostMarked, filter, count: false, order, columns: [] };
      const page = await searchRows(project(), form(), search, isDraft);
      mark(page.rows, true);
    }
  }

  watch(() => `${project()} ${form()} ${query()?.filter ?? ''}`, clear);
  return { marked, keys: computed(() => new Set(marked.value.keys())), mark, markAll, clear };
}
