import { computed, type ComputedRef, type WritableComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import type { WantedChanges } from '../api/past';
import { beginOf, endOf, isDay } from '../kit/days';

/** Which changes are shown; all of it stands in the address. Empty for all. */
export interface ChangeFilters {
  by: WritableComputedRef<string>;
  kind: WritableComputedRef<string>;
  from: WritableComputedRef<string>;
  to: WritableComputedRef<string>;
  wanted: ComputedRef<WantedChanges>;
  isAny: ComputedRef<boolean>;
  clear: () => void;
}

export function useChangeFilters(kinds: readonly string[]): ChangeFilters {
  const route = useRoute();
  const router = useRouter();

  function inAddress(name: string, isKnown: (value: string) => boolean): WritableComputedRef<string> {
    return computed({
      get: () => {
        const value = String(route.query[name] ?? '');
        return isKnown(value) ? value : '';
      },
      set: (value) =>
        void router.replace({ query: { ...route.query, [name]: value === '' ? undefined : value } }),
    });
  }

  const by = inAddress('by', (value) => /^\d{1,15}$/.test(value));
  const kind = inAddress('kind', (value) => kinds.includes(value));
  const from = inAddress('from', isDay);
  const to = inAddress('to', isDay);
  const orNull = (value: string): string | null => (value === '' ? null : value);
  const wanted = computed(() => ({
    actor: orNull(by.value),
    kind: orNull(kind.value),
    since: beginOf(from.value),
    until: endOf(to.value),
  }));

  return {
    by,
    kind,
    from,
    to,
    wanted,
    isAny: computed(() => Object.values(wanted.value).some((value) => value !== null)),
    clear: () => void router.replace({ query: {} }),
  };
}
