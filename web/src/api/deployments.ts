import { ask, path, tell } from './client';
import type {
  Deployment,
  DeploymentSettings,
  Candidate,
  DeployedPerson,
  Inbox,
  MovedSubmission,
  Standing,
  StageWish,
  TransitionReport,
} from './types';

const all = (project: string, form: string): string =>
  path('projects', project, 'forms', form, 'deployments');

const one = (project: string, form: string, deployment: string, ...rest: string[]): string =>
  path('projects', project, 'forms', form, 'deployments', deployment, ...rest);

const moves = (project: string, form: string, ...rest: string[]): string =>
  path('projects', project, 'forms', form, 'submissions', ...rest);

/** Lists the deployments of a form that one belongs to, with how far their submissions are. */
export async function listDeployments(
  project: string,
  form: string,
  signal?: AbortSignal,
): Promise<Deployment[]> {
  return (await ask<{ items: Deployment[] }>(all(project, form), { signal })).items;
}

export function readDeployment(
  project: string,
  form: string,
  deployment: string,
  signal?: AbortSignal,
): Promise<Deployment> {
  return ask<Deployment>(one(project, form, deployment), { signal });
}

/** Makes a deployment, open and with nobody in it. */
export function createDeployment(
  project: string,
  form: string,
  name: string,
  stages: readonly StageWish[],
): Promise<Deployment> {
  return ask<Deployment>(all(project, form), { method: 'POST', json: { name, stages } });
}

export function changeDeployment(
  project: string,
  form: string,
  deployment: string,
  change: DeploymentSettings,
): Promise<Deployment> {
  return ask<Deployment>(one(project, form, deployment), { method: 'PATCH', json: change });
}

/** Closes a deployment or opens it again. */
export function openDeployment(
  project: string,
  form: string,
  deployment: string,
  isOpen: boolean,
): Promise<Deployment> {
  return ask<Deployment>(one(project, form, deployment, isOpen ? 'reopen' : 'close'), { method: 'POST' });
}

/** Changes the list of stages; `confirmFinal` says how many submissions are known to become final by it. */
export function replaceStages(
  project: string,
  form: string,
  deployment: string,
  stages: readonly StageWish[],
  confirmFinal: number | null,
): Promise<Deployment> {
  return ask<Deployment>(one(project, form, deployment, 'stages'), {
    method: 'PUT',
    json: { stages, confirmFinal },
  });
}

export async function listPeople(
  project: string,
  form: string,
  deployment: string,
  signal?: AbortSignal,
): Promise<DeployedPerson[]> {
  return (await ask<{ items: DeployedPerson[] }>(one(project, form, deployment, 'people'), { signal })).items;
}

/** Finds people and units by a name, or a person by the whole address. */
export async function findDeployable(
  project: string,
  form: string,
  deployment: string,
  q: string,
  signal?: AbortSignal,
): Promise<Candidate[]> {
  const url = one(project, form, deployment, 'candidates');
  return (await ask<{ items: Candidate[] }>(url, { query: { q }, signal })).items;
}

/** Gives someone a role in a deployment, or takes it away. */
export function setPerson(
  project: string,
  form: string,
  deployment: string,
  person: Omit<DeployedPerson, 'name' | 'actorKind'>,
  isHeld: boolean,
): Promise<void> {
  const parts = isHeld ? ['people'] : ['people', 'remove'];
  return tell(one(project, form, deployment, ...parts), { method: 'POST', json: person });
}

/** Tells where a submission stands, and what whoever asks may do about it. */
export function readStanding(
  project: string,
  form: string,
  instance: string,
  signal?: AbortSignal,
): Promise<Standing> {
  return ask<Standing>(moves(project, form, instance, 'standing'), { signal });
}

/** Something that shall happen to a submission. */
export interface Transition {
  event: string;
  message: string | null;
  version: number | null;
  stageId: number | null;
  toStageId: number | null;
}

export function moveSubmission(
  project: string,
  form: string,
  instance: string,
  transition: Transition,
): Promise<MovedSubmission> {
  return ask<MovedSubmission>(moves(project, form, instance, 'transitions'), {
    method: 'POST',
    json: transition,
  });
}

/** Does one thing to many; each is reported. */
export async function moveSubmissions(
  project: string,
  form: string,
  event: string,
  message: string | null,
  items: readonly { instanceId: string; version: number | null; stageId: number | null }[],
): Promise<TransitionReport[]> {
  const url = moves(project, form, 'transitions');
  return (await ask<{ items: TransitionReport[] }>(url, { method: 'POST', json: { event, message, items } }))
    .items;
}

/** Tells what waits for whoever asks. */
export function readInbox(signal?: AbortSignal): Promise<Inbox> {
  return ask<Inbox>(path('inbox'), { signal });
}
