import { ask, path } from './client';
import type { CheckpointPage } from './types';

/** Reads the newest signed checkpoint of the ledger. */
export function readNewestCheckpoint(signal?: AbortSignal): Promise<CheckpointPage> {
  return ask<CheckpointPage>(path('ledger', 'checkpoints'), { query: { limit: '1' }, signal });
}

/** Where the proof can be downloaded that a submission stands in the signed ledger since it came. */
export function submissionProofUrl(
  project: string,
  form: string,
  instanceId: string,
  isDraft: boolean,
): string {
  const address = path('projects', project, 'forms', form, 'submissions', instanceId, 'proof');
  return isDraft ? `${address}?draft=true` : address;
}
