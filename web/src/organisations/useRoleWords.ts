import { useI18n } from 'vue-i18n';
import type { AccessReason, HeldRole, PlaceName } from '../api/types';

/** Before the number of a role that an organisation made for itself. */
const own = 'role:';

/** Names roles, places and ways in the words of the page. */
export function useRoleWords() {
  const i18n = useI18n();
  const { t } = i18n;

  /** A role's name: our own word for built-in ones, the organisation's for its own, or its number where that is all we know. */
  function roleName(role: string | null, name?: string | null): string {
    if (role === null) {
      return t('roles.names.member');
    }
    if (name == null && role.startsWith(own)) {
      return t('past.ownRole', { id: role.slice(own.length) });
    }
    return name ?? (i18n.te(`roles.names.${role}`) ? t(`roles.names.${role}`) : role);
  }

  function placeName(place: PlaceName): string {
    return place.name === '' ? t(`roles.places.${place.kind}`) : place.name;
  }

  /** How a role is held: at which place, through which unit. */
  function wayOf(held: HeldRole | AccessReason): string {
    const place = placeName(held.place);
    return held.through === null
      ? t('roles.at', { place })
      : t('roles.through', { place, unit: placeName(held.through) });
  }

  return { roleName, placeName, wayOf };
}
