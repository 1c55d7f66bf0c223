import type { ProjectChoice } from '../../api/rights';
import type { RemovalImpact } from '../../api/types';

type AloneProject = RemovalImpact['projects'][number];

/** One way a project can go; `value` is what a list of choices holds. */
export interface Way {
  value: string;
  kind: 'unit' | 'delete' | 'handOver';
  name: string;
}

const handOver = 'to:';

/** The ways open to a project, the gentlest first. */
export function waysOf(project: AloneProject): Way[] {
  return [
    ...(project.canStay ? [{ value: 'unit', kind: 'unit', name: '' } as const] : []),
    ...project.candidates.map(
      (one) => ({ value: `${handOver}${one.id}`, kind: 'handOver', name: one.displayName }) as const,
    ),
    { value: 'delete', kind: 'delete', name: '' },
  ];
}

/** What was chosen for each project, as the server takes it; null while something is missing. */
export function choicesOf(
  projects: readonly AloneProject[],
  chosen: Readonly<Record<number, string>>,
): ProjectChoice[] | null {
  const choices: ProjectChoice[] = [];
  for (const { id } of projects) {
    const value = chosen[id] ?? '';
    if (value === '') {
      return null;
    }
    choices.push(
      value.startsWith(handOver)
        ? { project: id, choice: 'hand_over', to: Number(value.slice(handOver.length)) }
        : { project: id, choice: value },
    );
  }
  return choices;
}

/** Whether somebody typed an address as it is, whatever its case. */
export const isTyped = (typed: string, email: string): boolean =>
  typed.trim().toLowerCase() === email.trim().toLowerCase();
