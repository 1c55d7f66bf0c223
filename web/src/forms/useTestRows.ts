import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue';
import { readTestRows } from '../api/draftTests';
import { isAbort, Problem } from '../api/problem';
import type { SubmissionRow } from '../api/types';

export interface TestRows {
  rows: ShallowRef<readonly SubmissionRow[]>;
  /** Null until the server has told it. */
  total: Ref<number | null>;
  hasMore: ComputedRef<boolean>;
  isLoading: Ref<boolean>;
  problem: ShallowRef<Problem | null>;
  more: () => Promise<void>;
  reload: () => Promise<void>;
}

/** Loads what was sent to a form's draft, page by page, newest first. */
export function useTestRows(project: () => string, form: () => string): TestRows {
  const rows = shallowRef<readonly SubmissionRow[]>([]);
  const total = ref<number | null>(null);
  const next = ref<string | null>(null);
  const isLoading = ref(false);
  const problem = shallowRef<Problem | null>(null);
  const stopped = new AbortController();

  async function load(after: string | null): Promise<void> {
    if (isLoading.value) {
      return;
    }
    isLoading.value = true;
    problem.value = null;
    try {
      const page = await readTestRows(project(), form(), after, stopped.signal);
      rows.value = after === null ? page.rows : [...rows.value, ...page.rows];
      next.value = page.next ?? null;
      total.value = page.total ?? total.value;
    } catch (thrown) {
      problem.value = isAbort(thrown) ? null : Problem.of(thrown);
    } finally {
      isLoading.value = false;
    }
  }

  onScopeDispose(() => stopped.abort());
  void load(null);
  return {
    rows,
    total,
    hasMore: computed(() => next.value !== null),
    isLoading,
    problem,
    more: () => (next.value === null ? Promise.resolve() : load(next.value)),
    reload: () => load(null),
  };
}
