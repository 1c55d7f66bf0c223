import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  watch,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue';
import { recall, remember } from '../api/cache';
import { isAbort, Problem } from '../api/problem';
import { readRows } from '../api/submissions';
import type { SubmissionRow } from '../api/types';

const pageSize = 200;
const longestPage = 10_000;

/** What has been loaded of a form's submissions so far; kept while the page is open. */
interface Loaded {
  rows: SubmissionRow[];
  next: string | null;
  total: number | null;
}

export interface SubmissionRows {
  rows: ShallowRef<SubmissionRow[]>;
  /** Null until the server has told it. */
  total: Ref<number | null>;
  hasMore: ComputedRef<boolean>;
  isLoading: Ref<boolean>;
  problem: ShallowRef<Problem | null>;
  /** Loads the next page; does nothing while one is on its way. */
  more: () => Promise<void>;
  /** Starts again from the newest. */
  reload: () => Promise<void>;
}

/** Loads a form's submissions page by page, newest first; at least `atLeast` rows at the beginning. */
export function useSubmissionRows(project: () => string, form: () => string, atLeast = 0): SubmissionRows {
  const rows = shallowRef<SubmissionRow[]>([]);
  const total = ref<number | null>(null);
  const next = ref<string | null>(null);
  const isLoading = ref(false);
  const problem = shallowRef<Problem | null>(null);
  let running: AbortController | null = null;

  const key = (): string => `project ${project()} form ${form()} rows`;

  async function load(after: string | null, limit: number): Promise<void> {
    running?.abort();
    const controller = new AbortController();
    running = controller;
    const asked = key();
    isLoading.value = true;
    problem.value = null;
    try {
      const page = await readRows(project(), form(), after, limit, controller.signal);
      rows.value = after === null ? page.rows : [...rows.value, ...page.rows];
      next.value = page.next;
      total.value = page.total;
      remember(asked, { rows: rows.value, next: page.next, total: page.total } satisfies Loaded);
    } catch (thrown) {
      if (!isAbort(thrown)) {
        problem.value = Problem.of(thrown);
      }
    } finally {
      if (running === controller) {
        running = null;
        isLoading.value = false;
      }
    }
  }

  const reload = (): Promise<void> =>
    load(null, Math.max(pageSize, Math.min(rows.value.length, longestPage)));

  async function more(): Promise<void> {
    if (!isLoading.value && next.value !== null) {
      await load(next.value, pageSize);
    }
  }

  watch(
    key,
    (asked) => {
      const kept = recall<Loaded>(asked);
      rows.value = kept?.rows ?? [];
      total.value = kept?.total ?? null;
      next.value = kept?.next ?? null;
      void load(null, Math.min(longestPage, Math.max(pageSize, atLeast, rows.value.length)));
    },
    { immediate: true },
  );
  onScopeDispose(() => running?.abort());

  return { rows, total, hasMore: computed(() => next.value !== null), isLoading, problem, more, reload };
}
