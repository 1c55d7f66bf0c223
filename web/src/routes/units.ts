import type { RouteRecordRaw } from 'vue-router';

/** Organisations, their units and people, and what goes over projects. */
export const unitRoutes: RouteRecordRaw[] = [
  {
    path: '/activity',
    name: 'all-activity',
    component: () => import('../organisations/AllActivityPage.vue'),
  },
  { path: '/keys', name: 'keys', component: () => import('../keys/KeyPage.vue') },
  { path: '/inbox', name: 'inbox', component: () => import('../deployments/InboxPage.vue') },
  {
    path: '/organisations',
    name: 'organisations',
    component: () => import('../organisations/OrganisationListPage.vue'),
  },
  {
    path: '/units/:unit',
    component: () => import('../organisations/UnitPage.vue'),
    props: true,
    children: [
      { path: '', name: 'unit', component: () => import('../organisations/UnitChartPage.vue'), props: true },
      {
        path: 'people',
        name: 'people',
        component: () => import('../organisations/PeoplePage.vue'),
        props: true,
      },
      {
        path: 'people/import',
        name: 'people-import',
        component: () => import('../organisations/ImportPage.vue'),
        props: true,
      },
      {
        path: 'people/:person',
        name: 'member',
        component: () => import('../organisations/MemberPage.vue'),
        props: true,
      },
      {
        path: 'people/:person/access-log',
        name: 'member-log',
        component: () => import('../organisations/MemberLogPage.vue'),
        props: true,
      },
      {
        path: 'security',
        name: 'unit-security',
        component: () => import('../organisations/UnitSecurityPage.vue'),
        props: true,
      },
      {
        path: 'data',
        name: 'unit-data',
        component: () => import('../organisations/UnitDataPage.vue'),
        props: true,
      },
      {
        path: 'invitations',
        name: 'invitations',
        component: () => import('../organisations/InvitationListPage.vue'),
        props: true,
      },
      {
        path: 'roles',
        name: 'roles',
        component: () => import('../organisations/RoleListPage.vue'),
        props: true,
      },
      { path: 'past', name: 'unit-past', component: () => import('../past/UnitThenPage.vue'), props: true },
    ],
  },
  { path: '/changes', name: 'changes', component: () => import('../past/ServerChangesPage.vue') },
  {
    path: '/invitation',
    name: 'invitation',
    component: () => import('../organisations/InvitationPage.vue'),
    meta: { isForAll: true },
  },
  { path: '/support-access', name: 'support', component: () => import('../support/SupportPage.vue') },
  {
    path: '/support-access/emergencies',
    name: 'support-emergencies',
    component: () => import('../support/BreakGlassPage.vue'),
  },
];
