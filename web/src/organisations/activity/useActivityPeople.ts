import { computed, ref, watch, type ComputedRef, type ShallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { may } from '../../api/may';
import { listReachers } from '../../api/organisations';
import type { Problem } from '../../api/problem';
import { listAppUsers, readProject } from '../../api/projects';
import { findAccounts } from '../../api/server';
import type { ActivityItem } from '../../api/types';
import { useLoad } from '../../kit/useLoad';
import { useSession } from '../../session';

/** Whom the activity can be filtered by: those who were seen in it, and those whom the reader may know otherwise. */
export interface ActivityPeople {
  options: ComputedRef<{ value: string; label: string }[]>;
  problem: ShallowRef<Problem | null>;
}

export function useActivityPeople(
  project: () => string | null,
  seen: () => readonly ActivityItem[],
): ActivityPeople {
  const { t, locale } = useI18n();
  const { session } = useSession();
  const names = ref(new Map<string, string>());

  const known = useLoad(
    () => `activity people ${project() ?? ''}`,
    (signal) => (project() === null ? accountsOfServer(signal) : peopleOf(project() ?? '', signal)),
  );

  async function accountsOfServer(signal: AbortSignal): Promise<[number, string][]> {
    return session.value?.account.roles.includes('operator') === true
      ? (await findAccounts('', signal)).items.map((one) => [one.id, one.name])
      : [];
  }

  async function peopleOf(id: string, signal: AbortSignal): Promise<[number, string][]> {
    const about = await readProject(id, signal);
    const [people, phones] = await Promise.all([
      may(about, 'projectAssign') ? listReachers(id, '', signal) : [],
      may(about, 'appUserList') ? listAppUsers(id, signal) : [],
    ]);
    return [
      ...people.filter((one) => one.kind !== 'everyone').map((one): [number, string] => [one.id, one.name]),
      ...phones.map((one): [number, string] => [one.id, one.displayName]),
    ];
  }

  watch(
    [seen, known.data],
    ([items, listed]) => {
      const all = new Map(names.value);
      for (const [id, name] of [
        ...(listed ?? []),
        ...items.map(({ actor }): [number, string] => [actor.id, actor.name]),
      ]) {
        if (id > 0 && name !== '') {
          all.set(String(id), name);
        }
      }
      names.value = all;
    },
    { immediate: true },
  );

  const options = computed(() => {
    const order = new Intl.Collator(locale.value);
    return [
      ...[...names.value]
        .map(([value, label]) => ({ value, label }))
        .sort((one, other) => order.compare(one.label, other.label)),
      { value: '0', label: t('activity.nobody') },
    ];
  });

  return { options, problem: known.problem };
}
