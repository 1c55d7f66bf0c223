import type { RouteRecordRaw } from 'vue-router';

/** What operators see of the server, and what everybody may. */
export const serverRoutes: RouteRecordRaw[] = [
  {
    path: '/status',
    name: 'status',
    component: () => import('../incidents/StatusPage.vue'),
    meta: { isForAll: true, isAlways: true },
  },
  {
    path: '/server',
    component: () => import('../server/ServerPage.vue'),
    children: [
      { path: '', redirect: { name: 'server-health' } },
      { path: 'health', name: 'server-health', component: () => import('../server/HealthPage.vue') },
      {
        path: 'incidents',
        name: 'server-incidents',
        component: () => import('../incidents/IncidentListPage.vue'),
      },
      {
        path: 'backups',
        name: 'server-backups',
        component: () => import('../backups/BackupsPage.vue'),
      },
      { path: 'limits', name: 'server-limits', component: () => import('../limits/LimitsPage.vue') },
      { path: 'texts', name: 'server-texts', component: () => import('../server/TextsPage.vue') },
      { path: 'accounts', name: 'server-accounts', component: () => import('../server/AccountsPage.vue') },
      { path: 'contact', name: 'server-contact', component: () => import('../server/ContactPage.vue') },
      {
        path: 'witnesses',
        name: 'server-witnesses',
        component: () => import('../server/WitnessListPage.vue'),
      },
    ],
  },
];
