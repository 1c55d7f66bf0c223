import { inject, provide, type InjectionKey } from 'vue';
import { readForm } from '../api/forms';
import type { FormDetail } from '../api/types';
import { useLoad, type Load } from '../kit/useLoad';

const key: InjectionKey<Load<FormDetail>> = Symbol('form');

/** Loads a form for its page and the tabs in it. */
export function provideForm(project: () => string, form: () => string): Load<FormDetail> {
  const load = useLoad(
    () => `project ${project()} form ${form()}`,
    (signal) => readForm(project(), form(), signal),
  );
  provide(key, load);
  return load;
}

/** The form of the page this tab is in. */
export function useForm(): Load<FormDetail> {
  const load = inject(key);
  if (load === undefined) {
    throw new Error('useForm is called outside a form page.');
  }
  return load;
}
