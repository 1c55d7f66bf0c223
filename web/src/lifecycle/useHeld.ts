import { computed, ref, watch, type ComputedRef } from 'vue';
import { listHolds } from '../api/lifecycle';
import type { Hold } from '../api/types';
import { useLoad, type Load } from '../kit/useLoad';

/** Grows when a hold was placed or lifted on this page, so that what shows holds looks again. */
const changes = ref(0);

export function tellHoldsChanged(): void {
  changes.value += 1;
}

/** The holds of a project, and whether one stands. */
export interface Held {
  load: Load<Hold[]>;
  isHeld: ComputedRef<boolean>;
}

/** None are asked for where they are not told. */
export function useHeld(project: () => string, isTold: () => boolean): Held {
  const load = useLoad(
    () => (isTold() ? `project ${project()} holds` : ''),
    (signal) => (isTold() ? listHolds(project(), signal) : Promise.resolve([])),
  );
  watch(changes, () => void load.reload());
  return { load, isHeld: computed(() => load.data.value?.some((hold) => hold.liftedAt === null) === true) };
}
