import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { listQuestions } from '../api/lifecycle';
import { isAbort, Problem } from '../api/problem';
import type { FormQuestion } from '../api/types';

/** The questions of the form that is chosen, and which of them are ticked. */
export interface Questions {
  all: ShallowRef<FormQuestion[]>;
  ticked: Ref<string[]>;
  problem: ShallowRef<Problem | null>;
}

export function useQuestions(project: () => string, form: () => string): Questions {
  const all = shallowRef<FormQuestion[]>([]);
  const ticked = ref<string[]>([]);
  const problem = shallowRef<Problem | null>(null);
  watch(
    form,
    async (chosen, _before, onCleanup) => {
      const stop = new AbortController();
      onCleanup(() => {
        stop.abort();
      });
      [all.value, ticked.value, problem.value] = [[], [], null];
      if (chosen === '') {
        return;
      }
      try {
        all.value = await listQuestions(project(), chosen, stop.signal);
      } catch (thrown) {
        problem.value = isAbort(thrown) ? null : Problem.of(thrown);
      }
    },
    { immediate: true },
  );
  return { all, ticked, problem };
}
