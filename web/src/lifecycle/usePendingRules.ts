import { computed, ref, watch, type ComputedRef } from 'vue';
import { listRetentionRules } from '../api/retention';
import type { RetentionRule } from '../api/types';
import { useLoad, type Load } from '../kit/useLoad';
import { pendingOf } from './retention';

/** Grows when a rule was set or taken back on this page, so that what tells of rules looks again. */
const changes = ref(0);

export function tellRulesChanged(): void {
  changes.value += 1;
}

/** The rules of a project, and those that wait for their notice to be over. */
export interface PendingRules {
  load: Load<RetentionRule[]>;
  pending: ComputedRef<RetentionRule[]>;
}

/** None are asked for where they are not told. */
export function usePendingRules(project: () => string, isTold: () => boolean): PendingRules {
  const load = useLoad(
    () => (isTold() ? `project ${project()} retention rules` : ''),
    (signal) => (isTold() ? listRetentionRules(project(), signal) : Promise.resolve([])),
  );
  watch(changes, () => void load.reload());
  return { load, pending: computed(() => pendingOf(load.data.value ?? [])) };
}
