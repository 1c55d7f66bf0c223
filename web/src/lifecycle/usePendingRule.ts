import { ref, shallowRef, watch, type ShallowRef } from 'vue';
import { listRetentionRules } from '../api/retention';
import type { RetentionRule } from '../api/types';
import { nextPending } from './retention';

/** Grows when a rule was set or taken back on this page, so that what tells of rules looks again. */
const changes = ref(0);

export function tellRulesChanged(): void {
  changes.value += 1;
}

/** The retention rule of a project that begins to act next; null when none waits, or where that is not told. */
export function usePendingRule(
  project: () => string,
  isTold: () => boolean,
): ShallowRef<RetentionRule | null> {
  const pending = shallowRef<RetentionRule | null>(null);
  watch(
    [project, isTold, changes],
    async () => {
      try {
        pending.value = isTold() ? nextPending(await listRetentionRules(project())) : null;
      } catch {
        pending.value = null;
      }
    },
    { immediate: true },
  );
  return pending;
}
