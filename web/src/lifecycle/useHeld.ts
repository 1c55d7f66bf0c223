import { ref, watch, type Ref } from 'vue';
import { listHolds } from '../api/lifecycle';

/** Grows when a hold was placed or lifted on this page, so that what shows holds looks again. */
const changes = ref(0);

export function tellHoldsChanged(): void {
  changes.value += 1;
}

/** Whether a legal hold stands in a project; false where that is not told. */
export function useHeld(project: () => string, isTold: () => boolean): Ref<boolean> {
  const isHeld = ref(false);
  watch(
    [project, isTold, changes],
    async () => {
      try {
        isHeld.value = isTold() && (await listHolds(project())).some((hold) => hold.liftedAt === null);
      } catch {
        isHeld.value = false;
      }
    },
    { immediate: true },
  );
  return isHeld;
}
