import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue';
import { readIncident } from '../api/incidents';
import { Problem } from '../api/problem';
import type { Incident } from '../api/types';
import { useAct, type Act } from '../kit/useAct';

/** A change of an incident that is asked for in a dialog, and what becomes of it when somebody else was faster. */
export interface IncidentChange {
  /** The incident as it was last read; null before the dialog opens. */
  seen: ShallowRef<Incident | null>;
  /** Somebody else changed it since: it has to be read again first. */
  isOutdated: ComputedRef<boolean>;
  /** It was read again while the dialog was open. */
  isReadAgain: Ref<boolean>;
  acting: Act<[]>;
  reading: Act<[]>;
}

/**
 * `act` makes the change to the incident as it was read and gives it as it is then; `begin` fills the fields when the
 * dialog opens; `merge` keeps what was typed in them when the incident was read again; `read` is told of every newer one.
 */
export function useIncidentChange(
  isOpen: Ref<boolean>,
  incident: () => Incident | null,
  use: {
    act: (seen: Incident) => Promise<Incident>;
    begin: (seen: Incident) => void;
    merge: (before: Incident, now: Incident) => void;
    read: (now: Incident) => void;
    done: (now: Incident) => void;
  },
): IncidentChange {
  const seen = shallowRef<Incident | null>(null);
  const isReadAgain = shallowRef(false);

  const acting = useAct(async () => {
    if (seen.value !== null) {
      const now = await use.act(seen.value);
      isOpen.value = false;
      use.read(now);
      use.done(now);
    }
  });
  const reading = useAct(async () => {
    const before = seen.value;
    if (before === null) {
      return;
    }
    const now = await readIncident(before.id);
    if (now === null) {
      throw new Problem({ code: 'incident.not_found', status: 404 });
    }
    seen.value = now;
    isReadAgain.value = true;
    acting.problem.value = null;
    use.merge(before, now);
    use.read(now);
  });
  watch(isOpen, (open) => {
    acting.problem.value = null;
    reading.problem.value = null;
    isReadAgain.value = false;
    if (open) {
      seen.value = incident();
      if (seen.value !== null) {
        use.begin(seen.value);
      }
    }
  });

  return {
    seen,
    isOutdated: computed(() => acting.problem.value?.code === 'incident.changed'),
    isReadAgain,
    acting,
    reading,
  };
}
