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
import { searchRows } from '../api/submissions';
import type { RowOrder, SubmissionRow } from '../api/types';

const pageSize = 200;
const longestPage = 10_000;

/** Which rows are wanted, and what of them. */
export interface RowsQuery {
  filter: string | null;
  order: RowOrder;
  /** Paths of the questions whose answers are wanted. */
  columns: readonly string[];
  isDraft: boolean;
}

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
  /** Starts again from the first. */
  reload: () => Promise<void>;
}

/** Loads a form's submissions page by page; at least `atLeast` rows at the beginning. Waits while `query` is null. */
export function useSubmissionRows(
  project: () => string,
  form: () => string,
  query: () => RowsQuery | null,
  atLeast: () => number = () => 0,
): SubmissionRows {
  const rows = shallowRef<SubmissionRow[]>([]);
  const total = ref<number | null>(null);
  const next = ref<string | null>(null);
  const isLoading = ref(false);
  const problem = shallowRef<Problem | null>(null);
  let running: AbortController | null = null;
  let shown = '';

  const keyOf = (wanted: RowsQuery): string =>
    `project ${project()} form ${form()} rows ${JSON.stringify(wanted)}`;
  const key = (): string | null => {
    const wanted = query();
    return wanted === null ? null : keyOf(wanted);
  };

  async function load(wanted: RowsQuery, after: string | null, limit: number): Promise<void> {
    running?.abort();
    const controller = new AbortController();
    running = controller;
    const asked = keyOf(wanted);
    const { filter, order, isDraft } = wanted;
    const search = { after, limit, filter, count: after === null, order, columns: [...wanted.columns] };
    isLoading.value = true;
    problem.value = null;
    try {
      const page = await searchRows(project(), form(), search, isDraft, controller.signal);
      rows.value = after === null ? page.rows : withNew(rows.value, page.rows);
      next.value = page.next;
      total.value = page.total ?? total.value;
      remember(asked, { rows: rows.value, next: page.next, total: total.value } satisfies Loaded);
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

  const limitOf = (count: number): number => Math.min(longestPage, Math.max(pageSize, count));

  async function reload(): Promise<void> {
    const wanted = query();
    if (wanted !== null) {
      await load(wanted, null, limitOf(rows.value.length));
    }
  }

  async function more(): Promise<void> {
    const wanted = query();
    if (wanted !== null && !isLoading.value && next.value !== null) {
      await load(wanted, next.value, pageSize);
    }
  }

  watch(
    key,
    (asked) => {
      const wanted = query();
      if (asked === null || wanted === null) {
        return;
      }
      const same = `${project()} ${form()} ${JSON.stringify({ ...wanted, columns: null })}`;
      const kept = recall<Loaded>(asked);
      // Other columns of the same rows: these stay in sight until the others come.
      if (kept !== undefined || same !== shown) {
        rows.value = kept?.rows ?? [];
        total.value = kept?.total ?? null;
        next.value = kept?.next ?? null;
      }
      shown = same;
      void load(wanted, null, limitOf(Math.max(atLeast(), rows.value.length)));
    },
    { immediate: true },
  );
  onScopeDispose(() => running?.abort());

  return { rows, total, hasMore: computed(() => next.value !== null), isLoading, problem, more, reload };
}

// In some orders a row that came meanwhile moves the others: one that is here already stays where it was.
function withNew(before: readonly SubmissionRow[], fresh: readonly SubmissionRow[]): SubmissionRow[] {
  const known = new Set(before.map((row) => row.instanceId));
  return [...before, ...fresh.filter((row) => !known.has(row.instanceId))];
}
