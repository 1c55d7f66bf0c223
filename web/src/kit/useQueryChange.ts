import { onScopeDispose } from 'vue';
import { onBeforeRouteLeave, useRoute, useRouter, type LocationQueryRaw } from 'vue-router';

/**
 * Changes the query of the page's address, in place or as a step of the history that one can go back from. A change that is asked
 * for while another is under way stands beside it, and none calls back somebody who is leaving: a page that is still being fetched
 * would never be shown.
 */
export function useQueryChange(): (change: LocationQueryRaw, isStep?: boolean) => Promise<void> {
  const route = useRoute();
  const router = useRouter();
  let asked: LocationQueryRaw | null = null;
  let leavingTo: string | null = null;

  const stay = (to: string): void => {
    leavingTo = leavingTo === to ? null : leavingTo;
  };
  onBeforeRouteLeave((to) => {
    leavingTo = to.fullPath;
  });
  onScopeDispose(
    router.afterEach((to, _from, failure) => {
      if (failure !== undefined) {
        stay(to.fullPath);
      }
    }),
  );
  onScopeDispose(router.onError((_error, to) => stay(to.fullPath)));

  return async (change, isStep = false) => {
    if (leavingTo !== null) {
      return;
    }
    const query = { ...(asked ?? route.query), ...change };
    asked = query;
    try {
      await router[isStep ? 'push' : 'replace']({ query });
    } finally {
      asked = asked === query ? null : asked;
    }
  };
}
