import { ask, path, tell } from './client';
import type { NewRetentionRule, RetentionPreview, RetentionRule, RetentionRun } from './types';

export async function listRetentionRules(project: string, signal?: AbortSignal): Promise<RetentionRule[]> {
  return (await ask<{ items: RetentionRule[] }>(path('projects', project, 'retention-rules'), { signal }))
    .items;
}

export function addRetentionRule(project: string, rule: NewRetentionRule): Promise<RetentionRule> {
  return ask(path('projects', project, 'retention-rules'), { method: 'POST', json: rule });
}

export function changeRetentionRule(
  project: string,
  rule: RetentionRule,
  days: number,
): Promise<RetentionRule> {
  return ask(path('projects', project, 'retention-rules', rule.id), {
    method: 'PUT',
    json: { days, version: rule.version },
  });
}

/** Takes a rule back: it does nothing from then on. */
export function endRetentionRule(project: string, rule: RetentionRule): Promise<void> {
  return tell(path('projects', project, 'retention-rules', rule.id, 'end'), {
    method: 'POST',
    json: { version: rule.version },
  });
}

/** Counts what rules would touch if they acted now, in their order. */
export async function previewRetention(
  project: string,
  rules: NewRetentionRule[],
  signal?: AbortSignal,
): Promise<RetentionPreview[]> {
  return (
    await ask<{ items: RetentionPreview[] }>(path('projects', project, 'retention-rules', 'preview'), {
      method: 'POST',
      json: { rules },
      signal,
    })
  ).items;
}

export async function listRetentionRuns(project: string, signal?: AbortSignal): Promise<RetentionRun[]> {
  return (await ask<{ items: RetentionRun[] }>(path('projects', project, 'retention-runs'), { signal }))
    .items;
}
