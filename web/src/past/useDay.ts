import { computed, type ComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { dayOf, endOf, isDay } from '../kit/days';

/** The day that a page of the past is about: it stands in the address, so that going back and links work. */
export interface Day {
  day: ComputedRef<string>;
  today: ComputedRef<string>;
  /** The last instant of the day where the reader is; null for now. */
  instant: ComputedRef<string | null>;
  choose: (day: string) => void;
}

export function useDay(): Day {
  const route = useRoute();
  const router = useRouter();
  const today = computed(() => dayOf(new Date()));
  const isPossible = (text: string): boolean => isDay(text) && text <= today.value;
  const day = computed(() => {
    const asked = String(route.query['at'] ?? '');
    return isPossible(asked) ? asked : today.value;
  });
  const instant = computed(() => {
    const end = day.value === today.value ? null : endOf(day.value);
    return end === null ? null : new Date(Date.parse(end) - 1).toISOString();
  });

  function choose(chosen: string): void {
    if (isPossible(chosen) && chosen !== day.value) {
      void router.push({ query: { ...route.query, at: chosen === today.value ? undefined : chosen } });
    }
  }

  return { day, today, instant, choose };
}
