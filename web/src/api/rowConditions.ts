import { ask, path, tell } from './client';
import type { LimitedRole, NewLimitedRole, RowCondition } from './types';

const of = (project: string, form: string, ...rest: (string | number)[]): string =>
  path('projects', project, 'forms', form, ...rest);

/** Lists the conditions that roles at a form can be limited by. */
export async function listRowConditions(
  project: string,
  form: string,
  signal?: AbortSignal,
): Promise<RowCondition[]> {
  return (await ask<{ items: RowCondition[] }>(of(project, form, 'row-conditions'), { signal })).items;
}

/** Keeps a condition (docs/formats/conditions.md); a role with it shows nothing until all submissions were asked. */
export function createRowCondition(
  project: string,
  form: string,
  name: string,
  condition: unknown,
): Promise<RowCondition> {
  return ask<RowCondition>(of(project, form, 'row-conditions'), {
    method: 'POST',
    json: { name, condition },
  });
}

export function removeRowCondition(project: string, form: string, id: number): Promise<void> {
  return tell(of(project, form, 'row-conditions', id), { method: 'DELETE' });
}

/** Lists who holds a role for some of the form's submissions only. */
export async function listLimitedRoles(
  project: string,
  form: string,
  signal?: AbortSignal,
): Promise<LimitedRole[]> {
  return (await ask<{ items: LimitedRole[] }>(of(project, form, 'limited-roles'), { signal })).items;
}

export function giveLimitedRole(project: string, form: string, wanted: NewLimitedRole): Promise<LimitedRole> {
  return ask<LimitedRole>(of(project, form, 'limited-roles'), { method: 'POST', json: wanted });
}

export function takeLimitedRole(project: string, form: string, id: number): Promise<void> {
  return tell(of(project, form, 'limited-roles', id), { method: 'DELETE' });
}
