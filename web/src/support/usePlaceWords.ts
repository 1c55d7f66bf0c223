import { useI18n } from 'vue-i18n';
import { isolate } from '../kit/isolate';

/** Gives the name of a place, or its kind and number to who may not know the name. */
export function usePlaceWords(): (place: { kind: string; id: number; name: string | null }) => string {
  const { t } = useI18n();
  return (place) =>
    place.name !== null
      ? isolate(place.name)
      : t(place.kind === 'project' ? 'support.projectNumber' : 'support.unitNumber', { id: place.id });
}
