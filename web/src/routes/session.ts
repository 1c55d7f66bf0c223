import type { RouteRecordRaw } from 'vue-router';

/** The way in. */
export const sessionRoutes: RouteRecordRaw[] = [
  {
    path: '/sign-in',
    name: 'sign-in',
    component: () => import('../session/SignInPage.vue'),
    meta: { isOpen: true },
  },
  {
    path: '/first-run',
    name: 'first-run',
    component: () => import('../session/FirstRunPage.vue'),
    meta: { isOpen: true },
  },
  { path: '/recovery-key', name: 'recovery-key', component: () => import('../session/RecoveryKeyPage.vue') },
  {
    path: '/sign-in/external',
    name: 'external',
    component: () => import('../session/ExternalPage.vue'),
    meta: { isOpen: true },
  },
  {
    path: '/forgot-password',
    name: 'forgot-password',
    component: () => import('../session/ForgotPasswordPage.vue'),
    meta: { isOpen: true },
  },
  {
    path: '/set-password',
    name: 'set-password',
    component: () => import('../session/SetPasswordPage.vue'),
    meta: { isForAll: true },
  },
];
