import type { RouteRecordRaw } from 'vue-router';

/** Everybody's own account. */
export const accountRoutes: RouteRecordRaw[] = [
  {
    path: '/account',
    component: () => import('../account/AccountPage.vue'),
    children: [
      { path: '', redirect: { name: 'account-security' } },
      {
        path: 'security',
        name: 'account-security',
        component: () => import('../account/SecurityPage.vue'),
        meta: { isToEnrol: true },
      },
      {
        path: 'access-log',
        name: 'account-access-log',
        component: () => import('../account/AccessLogPage.vue'),
      },
      {
        path: 'sessions',
        name: 'account-sessions',
        component: () => import('../account/SessionListPage.vue'),
      },
      { path: 'data', name: 'account-data', component: () => import('../account/rights/OwnDataPage.vue') },
      { path: 'tokens', name: 'account-tokens', component: () => import('../account/TokenListPage.vue') },
    ],
  },
  {
    path: '/account/removal',
    name: 'account-removal',
    component: () => import('../account/rights/RemovalPage.vue'),
  },
  {
    path: '/unlock',
    name: 'unlock',
    component: () => import('../account/UnlockPage.vue'),
    meta: { isForAll: true },
  },
  {
    path: '/cancel-reset',
    name: 'cancel-reset',
    component: () => import('../account/CancelResetPage.vue'),
    meta: { isForAll: true },
  },
  {
    path: '/cancel-removal',
    name: 'cancel-removal',
    component: () => import('../account/rights/CancelRemovalPage.vue'),
    meta: { isForAll: true },
  },
];
