import type { RouteRecordRaw } from 'vue-router';
import { accountRoutes } from './account';
import { projectRoutes } from './projects';
import { serverRoutes } from './server';
import { sessionRoutes } from './session';
import { unitRoutes } from './units';

/**
 * Pages reached only without being signed in carry `meta.isOpen`, pages for everybody `meta.isForAll`, and the one for
 * somebody who must set up a second factor first `meta.isToEnrol`. Those with `meta.isAlways` do not even wait until the
 * server says who is signed in.
 */
export const routes: RouteRecordRaw[] = [
  { path: '/', redirect: { name: 'projects' } },
  ...sessionRoutes,
  ...projectRoutes,
  ...unitRoutes,
  ...serverRoutes,
  ...accountRoutes,
  {
    path: '/docs/:document(v1)?',
    name: 'reference',
    component: () => import('../reference/ReferencePage.vue'),
    props: true,
    meta: { isForAll: true },
  },
  { path: '/:rest(.*)*', name: 'not-found', component: () => import('../NotFoundPage.vue') },
];
