import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue';
import { recall, remember } from '../api/cache';
import { isAbort, Problem } from '../api/problem';

/** What a request has come to so far: data, a problem, or still under way. */
export interface Load<T> {
  data: ShallowRef<T | undefined>;
  problem: ShallowRef<Problem | null>;
  isLoading: ComputedRef<boolean>;
  reload: () => Promise<void>;
}

/**
 * Loads what a page shows, again whenever `key` changes, and gives the request up when the page goes.
 * The last answer for the same key is shown meanwhile.
 */
export function useLoad<T>(key: () => string, load: (signal: AbortSignal) => Promise<T>): Load<T> {
  const data = shallowRef<T | undefined>();
  const problem = shallowRef<Problem | null>(null);
  const running = shallowRef<AbortController | null>(null);

  async function reload(): Promise<void> {
    running.value?.abort();
    const controller = new AbortController();
    running.value = controller;
    const asked = key();
    try {
      const answer = await load(controller.signal);
      remember(asked, answer);
      if (running.value === controller) {
        data.value = answer;
        problem.value = null;
      }
    } catch (thrown) {
      if (!isAbort(thrown) && running.value === controller) {
        problem.value = Problem.of(thrown);
      }
    } finally {
      if (running.value === controller) {
        running.value = null;
      }
    }
  }

  watch(
    key,
    (asked) => {
      data.value = recall<T>(asked);
      problem.value = null;
      void reload();
    },
    { immediate: true },
  );
  onScopeDispose(() => running.value?.abort());

  return { data, problem, isLoading: computed(() => running.value !== null), reload };
}
