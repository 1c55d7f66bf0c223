import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { forget } from '../api/cache';
import { liftHold, listHolds, placeHold } from '../api/lifecycle';
import type { Hold } from '../api/types';
import { announce } from '../kit/announce';
import { useLoad, type Load } from '../kit/useLoad';
import { tellHoldsChanged } from './useHeld';

/** Legal holds of a project, and the ways to place and lift one. */
export interface Holds {
  load: Load<Hold[]>;
  standing: ComputedRef<Hold[]>;
  lifted: ComputedRef<Hold[]>;
  /** On one submission, or on the whole project. */
  place: (reason: string, on?: { formId: string; instanceId: string }) => Promise<void>;
  lift: (hold: Hold, reason: string) => Promise<void>;
}

export function useHolds(project: () => string): Holds {
  const { t } = useI18n();
  const key = (): string => `project ${project()} holds`;
  const load = useLoad(key, (signal) => listHolds(project(), signal));

  async function changed(said: string): Promise<void> {
    forget(key());
    tellHoldsChanged();
    announce(said);
    await load.reload();
  }

  return {
    load,
    standing: computed(() => (load.data.value ?? []).filter((hold) => hold.liftedAt === null)),
    lifted: computed(() => (load.data.value ?? []).filter((hold) => hold.liftedAt !== null)),
    place: async (reason, on) => {
      await placeHold(project(), reason, on);
      await changed(t('keeping.held'));
    },
    lift: async (hold, reason) => {
      await liftHold(project(), hold.id, reason);
      await changed(t('keeping.lifted'));
    },
  };
}
