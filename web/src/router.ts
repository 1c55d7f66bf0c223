import { createRouter, createWebHistory, type Router } from 'vue-router';
import { routes } from './routes';
import { useSession, whenEnrolmentIsDue, whenSignedOut } from './session';

/** A fragment may hold what no server is to learn; a query is sent to one when the page is loaded again. */
const withoutHash = (address: string): string => address.split('#', 1)[0] ?? '';

/** Makes the router: knows who may see which page, and where to send the others. */
export function makeRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes,
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  });
  const { state, session, recoveryKey, start } = useSession();

  router.beforeEach(async (to) => {
    if (state.value === 'unknown') {
      const started = start();
      if (to.meta['isAlways'] === true) {
        return true;
      }
      await started;
    }
    if (to.meta['isForAll'] === true) {
      return true;
    }
    if (state.value === 'setup') {
      return to.name === 'first-run' ? true : { name: 'first-run' };
    }
    if (state.value === 'out' && (to.meta['isOpen'] !== true || to.name === 'first-run')) {
      return {
        name: 'sign-in',
        query: to.path === '/' || to.name === 'projects' ? {} : { next: withoutHash(to.fullPath) },
        hash: to.hash,
      };
    }
    if (state.value === 'in') {
      if (recoveryKey.value !== null) {
        return to.name === 'recovery-key' ? true : { name: 'recovery-key' };
      }
      if (session.value?.secondFactor.mustEnrol === true && to.meta['isToEnrol'] !== true) {
        return { name: 'account-security' };
      }
      return to.meta['isOpen'] === true || to.name === 'recovery-key' ? { name: 'projects' } : true;
    }
    return true;
  });
  router.afterEach((to, from) => {
    // A new page starts at its beginning for the keyboard and the screen reader too.
    if (from.matched.length > 0 && to.path !== from.path && to.matched[0] !== from.matched[0]) {
      requestAnimationFrame(() => document.getElementById('main')?.focus({ preventScroll: true }));
    }
  });
  whenSignedOut(() => {
    const next = withoutHash(router.currentRoute.value.fullPath);
    void router.replace({ name: 'sign-in', query: { next, ended: '' } });
  });
  whenEnrolmentIsDue(() => void router.replace({ name: 'account-security' }));
  return router;
}
