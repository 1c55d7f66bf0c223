import { ask, path, tell } from './client';
import type { AppUser, CreatedAppUser, Project, ProjectChange, ProjectDetail } from './types';

export async function listProjects(signal?: AbortSignal): Promise<Project[]> {
  return (await ask<{ items: Project[] }>(path('projects'), { signal })).items;
}

export function readProject(project: string, signal?: AbortSignal): Promise<ProjectDetail> {
  return ask<ProjectDetail>(path('projects', project), { signal });
}

export function createProject(name: string, description: string): Promise<Project> {
  return ask<Project>(path('projects'), { method: 'POST', json: { name, description } });
}

export function changeProject(project: number | string, change: ProjectChange): Promise<unknown> {
  return ask(path('projects', project), { method: 'PATCH', json: change });
}

export async function listAppUsers(project: string, signal?: AbortSignal): Promise<AppUser[]> {
  return (await ask<{ items: AppUser[] }>(path('projects', project, 'app-users'), { signal })).items;
}

export function createAppUser(project: string, displayName: string): Promise<CreatedAppUser> {
  return ask<CreatedAppUser>(path('projects', project, 'app-users'), {
    method: 'POST',
    json: { displayName },
  });
}

export function revokeAppUser(project: string, appUser: number | string): Promise<void> {
  return tell(path('projects', project, 'app-users', appUser), { method: 'DELETE' });
}
