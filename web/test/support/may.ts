import type { Permission } from '../../src/api/types';

/** What whoever manages a project may do, as its pages and those of its forms are told. */
export const mayAll: readonly Permission[] = [
  'projectUpdate',
  'projectDelete',
  'projectAssign',
  'appUserList',
  'appUserCreate',
  'appUserRevoke',
  'auditRead',
  'formRead',
  'formWrite',
  'formPublish',
  'formDelete',
  'submissionList',
  'submissionUpdate',
  'submissionDelete',
  'submissionExport',
  'deploymentRead',
  'deploymentUpdate',
  'publicLinkList',
  'publicLinkCreate',
  'publicLinkRevoke',
];
