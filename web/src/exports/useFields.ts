import { computed, type Ref, type WritableComputedRef } from 'vue';
import type { Wanted } from './settings';

/** Gives single fields of what is wanted to be shown and changed, each by its name. */
export function useFields(
  wanted: Ref<Wanted>,
): <K extends keyof Wanted>(key: K) => WritableComputedRef<Wanted[K]> {
  return (key) =>
    computed({
      get: () => wanted.value[key],
      set: (value) => (wanted.value = { ...wanted.value, [key]: value }),
    });
}
