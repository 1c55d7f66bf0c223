import type { Anonymity } from '../api/types';

/** A question's own name, without its groups. */
export const lastName = (path: string): string => path.split('/').at(-1) ?? path;

export const shareOf = (part: number, all: number): number => (all === 0 ? 0 : part / all);

/** More than this share of submissions in groups of fewer than five is much. */
const much = 0.05;

/** How much there is to think about before the file leaves. */
export function toneOf(found: Anonymity): 'good' | 'info' | 'warning' {
  if (found.identifiers.length > 0 || found.repeatColumns > 0 || shareOf(found.fewRows, found.rows) > much) {
    return 'warning';
  }
  return found.rows > 0 && found.fewRows === 0 && found.columns.length > 0 ? 'good' : 'info';
}
