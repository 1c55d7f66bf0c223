import { computed, ref, watch, type ComputedRef } from 'vue';

const atOnce = 50;

/** A long list, shown a part at a time. */
export interface Shown<T> {
  shown: ComputedRef<readonly T[]>;
  hasMore: ComputedRef<boolean>;
  showMore: () => void;
}

export function useShown<T>(all: () => readonly T[]): Shown<T> {
  const most = ref(atOnce);
  watch(all, () => (most.value = atOnce));
  return {
    shown: computed(() => all().slice(0, most.value)),
    hasMore: computed(() => all().length > most.value),
    showMore: () => (most.value += atOnce),
  };
}
