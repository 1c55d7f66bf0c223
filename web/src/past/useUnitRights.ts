import { onScopeDispose, shallowRef, watch } from 'vue';
import { readUnit } from '../api/organisations';
import type { PastChange, Permission } from '../api/types';
import { useSession } from '../session';
import { neededInUnit } from './changes';

/** Knows which changes of units and of the server somebody may undo: asks for what they may in each unit, once. */
export function useUnitRights(changes: () => readonly PastChange[]): (change: PastChange) => boolean {
  const { session } = useSession();
  const rights = shallowRef<ReadonlyMap<number, readonly Permission[]>>(new Map());
  const asked = new Set<number>();
  const leaving = new AbortController();
  onScopeDispose(() => leaving.abort());

  async function ask(unit: number): Promise<void> {
    try {
      const { may } = await readUnit(unit, leaving.signal);
      rights.value = new Map([...rights.value, [unit, may]]);
    } catch {
      // A unit that one may not see, or that lies in the trash: nothing is offered there.
    }
  }

  watch(
    changes,
    (shown) => {
      for (const change of shown) {
        const { unit } = neededInUnit(change);
        if (change.canRevert && unit !== null && !asked.has(unit)) {
          asked.add(unit);
          void ask(unit);
        }
      }
    },
    { immediate: true },
  );

  return (change) => {
    const { unit, permissions } = neededInUnit(change);
    return unit === null
      ? permissions.length > 0 && session.value?.account.roles.includes('operator') === true
      : permissions.every((one) => rights.value.get(unit)?.includes(one) === true);
  };
}
