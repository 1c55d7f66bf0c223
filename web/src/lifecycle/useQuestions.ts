import { ref, watch, type Ref } from 'vue';
import { listQuestions } from '../api/lifecycle';
import type { FormQuestion } from '../api/types';
import { useLoad, type Load } from '../kit/useLoad';

/** The questions of the form that is chosen, and which of them are ticked. */
export interface Questions {
  load: Load<FormQuestion[]>;
  ticked: Ref<string[]>;
}

export function useQuestions(project: () => string, form: () => string): Questions {
  const load = useLoad(
    () => `project ${project()} form ${form()} questions`,
    (signal) => (form() === '' ? Promise.resolve([]) : listQuestions(project(), form(), signal)),
  );
  const ticked = ref<string[]>([]);
  watch([project, form], () => (ticked.value = []));
  return { load, ticked };
}
