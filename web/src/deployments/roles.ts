/** The roles in a deployment, those with the least first. */
export const deployedRoles = [
  'enumerator',
  'approver',
  'deployment-viewer',
  'deployment-manager',
  'deployment-admin',
] as const;

export type DeployedRole = (typeof deployedRoles)[number];
