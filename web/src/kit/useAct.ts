import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { isAbort, Problem } from '../api/problem';

/** Something a person asked for: whether it is under way and what hindered it. */
export interface Act<A extends unknown[]> {
  isBusy: Ref<boolean>;
  problem: ShallowRef<Problem | null>;
  /** Does it; the promise tells whether it succeeded. A second call while busy does nothing. */
  run: (...args: A) => Promise<boolean>;
}

export function useAct<A extends unknown[]>(act: (...args: A) => Promise<void>): Act<A> {
  const isBusy = ref(false);
  const problem = shallowRef<Problem | null>(null);

  async function run(...args: A): Promise<boolean> {
    if (isBusy.value) {
      return false;
    }
    isBusy.value = true;
    problem.value = null;
    try {
      await act(...args);
      return true;
    } catch (thrown) {
      problem.value = isAbort(thrown) ? null : Problem.of(thrown);
      return false;
    } finally {
      isBusy.value = false;
    }
  }

  return { isBusy, problem, run };
}
