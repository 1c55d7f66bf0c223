import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router';
import { useSession, whenEnrolmentIsDue, whenSignedOut } from './session';

/**
 * Pages reached only without being signed in carry `meta.isOpen`, pages for everybody `meta.isForAll`, and the one for
 * somebody who must set up a second factor first `meta.isToEnrol`. Those with `meta.isAlways` do not even wait until the
 * server says who is signed in.
 */
export const routes: RouteRecordRaw[] = [
  { path: '/', redirect: { name: 'projects' } },
  {
    path: '/sign-in',
    name: 'sign-in',
    component: () => import('./session/SignInPage.vue'),
    meta: { isOpen: true },
  },
  {
    path: '/status',
    name: 'status',
    component: () => import('./incidents/StatusPage.vue'),
    meta: { isForAll: true, isAlways: true },
  },
  {
    path: '/first-run',
    name: 'first-run',
    component: () => import('./session/FirstRunPage.vue'),
    meta: { isOpen: true },
  },
  { path: '/recovery-key', name: 'recovery-key', component: () => import('./session/RecoveryKeyPage.vue') },
  { path: '/projects', name: 'projects', component: () => import('./organisations/ProjectListPage.vue') },
  {
    path: '/projects/:project',
    component: () => import('./organisations/ProjectPage.vue'),
    props: true,
    children: [
      { path: '', name: 'project', component: () => import('./forms/FormListPage.vue'), props: true },
      {
        path: 'app-users',
        name: 'app-users',
        component: () => import('./organisations/AppUserListPage.vue'),
        props: true,
      },
      {
        path: 'people',
        name: 'project-people',
        component: () => import('./organisations/ProjectPeoplePage.vue'),
        props: true,
      },
      {
        path: 'keys',
        name: 'project-keys',
        component: () => import('./keys/ProjectKeysPage.vue'),
        props: true,
      },
      {
        path: 'keeping',
        name: 'keeping',
        component: () => import('./lifecycle/KeepingPage.vue'),
        props: true,
      },
      {
        path: 'person',
        name: 'find-person',
        component: () => import('./lifecycle/FindPersonPage.vue'),
        props: true,
      },
      {
        path: 'activity',
        name: 'activity',
        component: () => import('./organisations/ActivityPage.vue'),
        props: true,
      },
      {
        path: 'past',
        name: 'project-past',
        component: () => import('./past/ProjectThenPage.vue'),
        props: true,
      },
      {
        path: 'changes',
        name: 'project-changes',
        component: () => import('./past/ProjectChangesPage.vue'),
        props: true,
      },
    ],
  },
  {
    path: '/activity',
    name: 'all-activity',
    component: () => import('./organisations/AllActivityPage.vue'),
  },
  { path: '/keys', name: 'keys', component: () => import('./keys/KeyPage.vue') },
  {
    path: '/server',
    component: () => import('./server/ServerPage.vue'),
    children: [
      { path: '', redirect: { name: 'server-health' } },
      { path: 'health', name: 'server-health', component: () => import('./server/HealthPage.vue') },
      {
        path: 'incidents',
        name: 'server-incidents',
        component: () => import('./incidents/IncidentListPage.vue'),
      },
      { path: 'texts', name: 'server-texts', component: () => import('./server/TextsPage.vue') },
      { path: 'accounts', name: 'server-accounts', component: () => import('./server/AccountsPage.vue') },
      { path: 'contact', name: 'server-contact', component: () => import('./server/ContactPage.vue') },
      {
        path: 'witnesses',
        name: 'server-witnesses',
        component: () => import('./server/WitnessListPage.vue'),
      },
    ],
  },
  { path: '/inbox', name: 'inbox', component: () => import('./deployments/InboxPage.vue') },
  {
    path: '/organisations',
    name: 'organisations',
    component: () => import('./organisations/OrganisationListPage.vue'),
  },
  {
    path: '/units/:unit',
    component: () => import('./organisations/UnitPage.vue'),
    props: true,
    children: [
      { path: '', name: 'unit', component: () => import('./organisations/UnitChartPage.vue'), props: true },
      {
        path: 'people',
        name: 'people',
        component: () => import('./organisations/PeoplePage.vue'),
        props: true,
      },
      {
        path: 'people/import',
        name: 'people-import',
        component: () => import('./organisations/ImportPage.vue'),
        props: true,
      },
      {
        path: 'people/:person',
        name: 'member',
        component: () => import('./organisations/MemberPage.vue'),
        props: true,
      },
      {
        path: 'people/:person/access-log',
        name: 'member-log',
        component: () => import('./organisations/MemberLogPage.vue'),
        props: true,
      },
      {
        path: 'security',
        name: 'unit-security',
        component: () => import('./organisations/UnitSecurityPage.vue'),
        props: true,
      },
      {
        path: 'data',
        name: 'unit-data',
        component: () => import('./organisations/UnitDataPage.vue'),
        props: true,
      },
      {
        path: 'invitations',
        name: 'invitations',
        component: () => import('./organisations/InvitationListPage.vue'),
        props: true,
      },
      {
        path: 'roles',
        name: 'roles',
        component: () => import('./organisations/RoleListPage.vue'),
        props: true,
      },
      { path: 'past', name: 'unit-past', component: () => import('./past/UnitThenPage.vue'), props: true },
    ],
  },
  { path: '/changes', name: 'changes', component: () => import('./past/ServerChangesPage.vue') },
  {
    path: '/invitation',
    name: 'invitation',
    component: () => import('./organisations/InvitationPage.vue'),
    meta: { isForAll: true },
  },
  {
    path: '/projects/:project/upload',
    name: 'form-upload',
    component: () => import('./forms/FormUploadPage.vue'),
    props: true,
  },
  {
    path: '/projects/:project/forms/:form',
    component: () => import('./forms/FormPage.vue'),
    props: true,
    children: [
      { path: '', name: 'form', component: () => import('./forms/FormHome.vue'), props: true },
      {
        path: 'submissions',
        name: 'submissions',
        component: () => import('./submissions/SubmissionListPage.vue'),
        props: true,
      },
      {
        path: 'trash',
        name: 'submission-trash',
        component: () => import('./submissions/TrashPage.vue'),
        props: true,
      },
      { path: 'exports', name: 'exports', component: () => import('./exports/ExportPage.vue'), props: true },
      { path: 'draft', name: 'draft', component: () => import('./forms/DraftPage.vue'), props: true },
      {
        path: 'deployments',
        name: 'deployments',
        component: () => import('./deployments/DeploymentListPage.vue'),
        props: true,
      },
      {
        path: 'deployments/:deployment',
        name: 'deployment',
        component: () => import('./deployments/DeploymentPage.vue'),
        props: true,
      },
      {
        path: 'people',
        name: 'form-people',
        component: () => import('./submissions/people/FormPeoplePage.vue'),
        props: true,
      },
      {
        path: 'public-links',
        name: 'public-links',
        component: () => import('./forms/PublicLinkPage.vue'),
        props: true,
      },
      {
        path: 'versions',
        name: 'versions',
        component: () => import('./forms/VersionListPage.vue'),
        props: true,
      },
      {
        path: 'confidential',
        name: 'form-confidential',
        component: () => import('./forms/confidential/ConfidentialPage.vue'),
        props: true,
      },
      {
        path: 'pseudonyms',
        name: 'pseudonyms',
        component: () => import('./lifecycle/PseudonymPage.vue'),
        props: true,
      },
      {
        path: 'settings',
        name: 'form-settings',
        component: () => import('./forms/FormSettingsPage.vue'),
        props: true,
      },
    ],
  },
  {
    path: '/projects/:project/forms/:form/submissions/:instance',
    name: 'submission',
    component: () => import('./submissions/SubmissionPage.vue'),
    props: true,
  },
  {
    path: '/account',
    component: () => import('./account/AccountPage.vue'),
    children: [
      { path: '', redirect: { name: 'account-security' } },
      {
        path: 'security',
        name: 'account-security',
        component: () => import('./account/SecurityPage.vue'),
        meta: { isToEnrol: true },
      },
      {
        path: 'access-log',
        name: 'account-access-log',
        component: () => import('./account/AccessLogPage.vue'),
      },
      {
        path: 'sessions',
        name: 'account-sessions',
        component: () => import('./account/SessionListPage.vue'),
      },
      { path: 'data', name: 'account-data', component: () => import('./account/rights/OwnDataPage.vue') },
      { path: 'tokens', name: 'account-tokens', component: () => import('./account/TokenListPage.vue') },
    ],
  },
  {
    path: '/account/removal',
    name: 'account-removal',
    component: () => import('./account/rights/RemovalPage.vue'),
  },
  { path: '/support-access', name: 'support', component: () => import('./support/SupportPage.vue') },
  {
    path: '/support-access/emergencies',
    name: 'support-emergencies',
    component: () => import('./support/BreakGlassPage.vue'),
  },
  {
    path: '/unlock',
    name: 'unlock',
    component: () => import('./account/UnlockPage.vue'),
    meta: { isForAll: true },
  },
  {
    path: '/sign-in/external',
    name: 'external',
    component: () => import('./session/ExternalPage.vue'),
    meta: { isOpen: true },
  },
  {
    path: '/forgot-password',
    name: 'forgot-password',
    component: () => import('./session/ForgotPasswordPage.vue'),
    meta: { isOpen: true },
  },
  {
    path: '/set-password',
    name: 'set-password',
    component: () => import('./session/SetPasswordPage.vue'),
    meta: { isForAll: true },
  },
  {
    path: '/cancel-reset',
    name: 'cancel-reset',
    component: () => import('./account/CancelResetPage.vue'),
    meta: { isForAll: true },
  },
  {
    path: '/cancel-removal',
    name: 'cancel-removal',
    component: () => import('./account/rights/CancelRemovalPage.vue'),
    meta: { isForAll: true },
  },
  {
    path: '/docs/:document(v1)?',
    name: 'reference',
    component: () => import('./reference/ReferencePage.vue'),
    props: true,
    meta: { isForAll: true },
  },
  { path: '/:rest(.*)*', name: 'not-found', component: () => import('./NotFoundPage.vue') },
];

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
