import type { RouteRecordRaw } from 'vue-router';

/** Projects, their forms and what was sent. */
export const projectRoutes: RouteRecordRaw[] = [
  { path: '/projects', name: 'projects', component: () => import('../organisations/ProjectListPage.vue') },
  {
    path: '/projects/:project',
    component: () => import('../organisations/ProjectPage.vue'),
    props: true,
    children: [
      { path: '', name: 'project', component: () => import('../forms/FormListPage.vue'), props: true },
      {
        path: 'app-users',
        name: 'app-users',
        component: () => import('../organisations/AppUserListPage.vue'),
        props: true,
      },
      {
        path: 'people',
        name: 'project-people',
        component: () => import('../organisations/ProjectPeoplePage.vue'),
        props: true,
      },
      {
        path: 'keys',
        name: 'project-keys',
        component: () => import('../keys/ProjectKeysPage.vue'),
        props: true,
      },
      {
        path: 'keeping',
        name: 'keeping',
        component: () => import('../lifecycle/KeepingPage.vue'),
        props: true,
      },
      {
        path: 'person',
        name: 'find-person',
        component: () => import('../lifecycle/FindPersonPage.vue'),
        props: true,
      },
      {
        path: 'activity',
        name: 'activity',
        component: () => import('../organisations/ActivityPage.vue'),
        props: true,
      },
      {
        path: 'past',
        name: 'project-past',
        component: () => import('../past/ProjectThenPage.vue'),
        props: true,
      },
      {
        path: 'changes',
        name: 'project-changes',
        component: () => import('../past/ProjectChangesPage.vue'),
        props: true,
      },
    ],
  },
  {
    path: '/projects/:project/upload',
    name: 'form-upload',
    component: () => import('../forms/FormUploadPage.vue'),
    props: true,
  },
  {
    path: '/projects/:project/forms/:form',
    component: () => import('../forms/FormPage.vue'),
    props: true,
    children: [
      { path: '', name: 'form', component: () => import('../forms/FormHome.vue'), props: true },
      {
        path: 'submissions',
        name: 'submissions',
        component: () => import('../submissions/SubmissionListPage.vue'),
        props: true,
      },
      {
        path: 'trash',
        name: 'submission-trash',
        component: () => import('../submissions/TrashPage.vue'),
        props: true,
      },
      { path: 'exports', name: 'exports', component: () => import('../exports/ExportPage.vue'), props: true },
      { path: 'draft', name: 'draft', component: () => import('../forms/DraftPage.vue'), props: true },
      {
        path: 'deployments',
        name: 'deployments',
        component: () => import('../deployments/DeploymentListPage.vue'),
        props: true,
      },
      {
        path: 'deployments/:deployment',
        name: 'deployment',
        component: () => import('../deployments/DeploymentPage.vue'),
        props: true,
      },
      {
        path: 'people',
        name: 'form-people',
        component: () => import('../submissions/people/FormPeoplePage.vue'),
        props: true,
      },
      {
        path: 'public-links',
        name: 'public-links',
        component: () => import('../forms/PublicLinkPage.vue'),
        props: true,
      },
      {
        path: 'versions',
        name: 'versions',
        component: () => import('../forms/VersionListPage.vue'),
        props: true,
      },
      {
        path: 'confidential',
        name: 'form-confidential',
        component: () => import('../forms/confidential/ConfidentialPage.vue'),
        props: true,
      },
      {
        path: 'pseudonyms',
        name: 'pseudonyms',
        component: () => import('../lifecycle/PseudonymPage.vue'),
        props: true,
      },
      {
        path: 'settings',
        name: 'form-settings',
        component: () => import('../forms/FormSettingsPage.vue'),
        props: true,
      },
    ],
  },
  {
    path: '/projects/:project/forms/:form/submissions/:instance',
    name: 'submission',
    component: () => import('../submissions/SubmissionPage.vue'),
    props: true,
  },
];
