import { ask, path, tell } from './client';
import type {
  AccessChangePage,
  AccessExplanation,
  Candidate,
  CreatedInvitation,
  FactorReset,
  ImportResult,
  Invitation,
  InvitationAccepted,
  InvitationWords,
  Member,
  MemberPage,
  MemberRemoval,
  NewGrant,
  Organisation,
  OwnRole,
  Permission,
  Reacher,
  RemovedUnit,
  RoleList,
  Security,
  TransferPreview,
  Unit,
  UnitChart,
  UnitKind,
  UnitProject,
  UnitRemoval,
} from './types';

export async function listOrganisations(signal?: AbortSignal): Promise<Organisation[]> {
  return (await ask<{ items: Organisation[] }>(path('organisations'), { signal })).items;
}

export function createOrganisation(name: string, adminEmail: string): Promise<Organisation> {
  return ask<Organisation>(path('organisations'), { method: 'POST', json: { name, adminEmail } });
}

export function readUnit(unit: string | number, signal?: AbortSignal): Promise<UnitChart> {
  return ask<UnitChart>(path('units', unit), { signal });
}

export function createUnit(parent: number, kind: UnitKind, name: string): Promise<Unit> {
  return ask<Unit>(path('units'), { method: 'POST', json: { parent, kind, name } });
}

export function changeUnit(unit: number, change: { name?: string; parent?: number }): Promise<Unit> {
  return ask<Unit>(path('units', unit), { method: 'PATCH', json: change });
}

/** Tells whether everybody of a unit must have a second factor, and for how long one may go on without. */
export function readUnitSecurity(unit: string, signal?: AbortSignal): Promise<Security> {
  return ask<Security>(path('units', unit, 'security'), { signal });
}

export function setUnitSecurity(unit: string, secondFactorForEveryone: boolean): Promise<void> {
  return tell(path('units', unit, 'security'), { method: 'PUT', json: { secondFactorForEveryone } });
}

/** Tells the same of the whole server. */
export function readSecurity(signal?: AbortSignal): Promise<Security> {
  return ask<Security>(path('security'), { signal });
}

export function setSecurity(secondFactorForEveryone: boolean): Promise<void> {
  return tell(path('security'), { method: 'PUT', json: { secondFactorForEveryone } });
}

/** Lifts the wait of an account after wrong passwords. */
export function unlockAccount(account: number): Promise<void> {
  return tell(path('accounts', account, 'unlock'), { method: 'POST' });
}

/** Asks that all second factors be taken off an account; gives when that happens. */
export function askFactorReset(account: number): Promise<FactorReset> {
  return ask<FactorReset>(path('accounts', account, 'factor-reset'), { method: 'POST' });
}

export function cancelFactorReset(account: number): Promise<void> {
  return tell(path('accounts', account, 'factor-reset'), { method: 'DELETE' });
}

export function readUnitRemoval(unit: number, signal?: AbortSignal): Promise<UnitRemoval> {
  return ask<UnitRemoval>(path('units', unit, 'removal'), { signal });
}

export function removeUnit(unit: number): Promise<void> {
  return tell(path('units', unit), { method: 'DELETE' });
}

export function restoreUnit(unit: number): Promise<Unit> {
  return ask<Unit>(path('units', unit, 'restoration'), { method: 'POST' });
}

export async function listRemovedUnits(unit: string, signal?: AbortSignal): Promise<RemovedUnit[]> {
  return (await ask<{ items: RemovedUnit[] }>(path('units', unit, 'removed'), { signal })).items;
}

export async function listUnitProjects(unit: string | number, signal?: AbortSignal): Promise<UnitProject[]> {
  return (await ask<{ items: UnitProject[] }>(path('units', unit, 'projects'), { signal })).items;
}

export function listMembers(
  unit: string,
  search: string,
  after: number | null,
  signal?: AbortSignal,
): Promise<MemberPage> {
  return ask<MemberPage>(path('units', unit, 'members'), {
    query: { q: search === '' ? null : search, after },
    signal,
  });
}

export function readMember(unit: string, person: string | number, signal?: AbortSignal): Promise<Member> {
  return ask<Member>(path('units', unit, 'members', person), { signal });
}

export function readMemberRemoval(unit: string, person: number): Promise<MemberRemoval> {
  return ask<MemberRemoval>(path('units', unit, 'members', person, 'removal'));
}

export function removeMember(unit: string, person: number): Promise<void> {
  return tell(path('units', unit, 'members', person), { method: 'DELETE' });
}

export function importMembers(unit: string, file: Blob, isTrial: boolean): Promise<ImportResult> {
  return ask<ImportResult>(path('units', unit, 'members', 'import'), {
    method: 'POST',
    query: { trial: isTrial },
    body: file,
    headers: { 'Content-Type': 'text/csv' },
  });
}

export function giveRole(grant: NewGrant): Promise<void> {
  return tell(path('access', 'grants'), { method: 'POST', json: grant });
}

export function takeRole(grant: number): Promise<void> {
  return tell(path('access', 'grants', grant), { method: 'DELETE' });
}

export function explainAccess(
  person: string | number,
  place: string,
  permission: Permission,
): Promise<AccessExplanation> {
  return ask<AccessExplanation>(path('access', 'explanations'), { query: { person, place, permission } });
}

export function listRoles(unit: string | number, signal?: AbortSignal): Promise<RoleList> {
  return ask<RoleList>(path('units', unit, 'roles'), { signal });
}

/** Makes a role, or its next version. */
export function saveRole(
  unit: string,
  role: number | null,
  name: string,
  permissions: Permission[],
): Promise<OwnRole> {
  const address = role === null ? path('units', unit, 'roles') : path('units', unit, 'roles', role);
  return ask<OwnRole>(address, { method: role === null ? 'POST' : 'PUT', json: { name, permissions } });
}

export function removeRole(unit: string, role: number, instead: string | null): Promise<void> {
  return tell(path('units', unit, 'roles', role), { method: 'DELETE', query: { instead } });
}

export async function listInvitations(unit: string, signal?: AbortSignal): Promise<Invitation[]> {
  return (await ask<{ items: Invitation[] }>(path('units', unit, 'invitations'), { signal })).items;
}

export function createInvitation(
  unit: string,
  wanted: { role: string | null; email: string | null; uses: number; days: number },
): Promise<CreatedInvitation> {
  return ask<CreatedInvitation>(path('units', unit, 'invitations'), { method: 'POST', json: wanted });
}

export function revokeInvitation(invitation: number): Promise<void> {
  return tell(path('invitations', invitation), { method: 'DELETE' });
}

export function readInvitation(token: string, signal?: AbortSignal): Promise<InvitationWords> {
  return ask<InvitationWords>(path('invitations', 'reading'), { method: 'POST', json: { token }, signal });
}

export function acceptInvitation(answers: {
  token: string;
  name?: string;
  email?: string;
  password?: string;
}): Promise<InvitationAccepted> {
  return ask<InvitationAccepted>(path('invitations', 'acceptance'), { method: 'POST', json: answers });
}

/** Lists who reaches a project, now or on a day such as `2026-03-01`. */
export async function listReachers(project: string, day: string, signal?: AbortSignal): Promise<Reacher[]> {
  const query = { at: day === '' ? null : day };
  return (await ask<{ items: Reacher[] }>(path('projects', project, 'people'), { query, signal })).items;
}

/** Finds people and units by a name, or a person by the whole address, to give them a role in a project. */
export async function findCandidates(project: string, q: string, signal?: AbortSignal): Promise<Candidate[]> {
  const query = { q };
  return (await ask<{ items: Candidate[] }>(path('projects', project, 'candidates'), { query, signal }))
    .items;
}

export function listAccessChanges(
  project: string,
  before: string | null,
  signal?: AbortSignal,
): Promise<AccessChangePage> {
  return ask<AccessChangePage>(path('projects', project, 'access-changes'), { query: { before }, signal });
}

export function previewTransfer(project: string, unit: string): Promise<TransferPreview> {
  return ask<TransferPreview>(path('projects', project, 'transfer'), { query: { unit } });
}

export function transferProject(project: string, unit: number): Promise<void> {
  return tell(path('projects', project, 'transfer'), { method: 'POST', json: { unit } });
}
