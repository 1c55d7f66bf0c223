import { useI18n } from 'vue-i18n';
import type { Incident } from '../api/types';
import { useFormat } from '../kit/useFormat';
import { isOver } from './incidents';

/** Says in words what an incident has as codes; a code of a newer server stands as it is. */
export interface IncidentWords {
  kind: (code: string) => string;
  state: (code: string) => string;
  impact: (code: string) => string;
  part: (code: string) => string;
  /** How much it is felt, and where. */
  felt: (incident: Incident) => string;
  /** From when to when. */
  when: (incident: Incident) => string;
}

export function useIncidentWords(): IncidentWords {
  const i18n = useI18n();
  const { t } = i18n;
  const format = useFormat();
  const known = (family: string, code: string): string => {
    const key = `incidents.${family}.${code}`;
    return i18n.te(key, 'en') ? t(key) : code;
  };
  const part = (code: string): string => known('parts', code);

  function felt(incident: Incident): string {
    const where =
      incident.parts.length === 0 ? t('incidents.allParts') : format.list(incident.parts.map(part));
    return t('incidents.felt', { impact: known('impacts', incident.impact), parts: where });
  }

  function when(incident: Incident): string {
    const { beginsAt, endsAt, state } = incident;
    const at = format.instant(beginsAt);
    if (endsAt !== null) {
      return isOver(incident) || state === 'planned'
        ? format.span(beginsAt, endsAt)
        : t('incidents.sinceUntil', { at, until: format.instant(endsAt) });
    }
    return t(state === 'planned' ? 'incidents.from' : 'incidents.since', { at });
  }

  return {
    kind: (code) => known('kinds', code),
    state: (code) => known('states', code),
    impact: (code) => known('impacts', code),
    part,
    felt,
    when,
  };
}
