import type { PseudonymQuestion } from '../api/types';

/** What can become of answers, as the server calls it; `keep` leaves them. */
export const methods = ['keep', 'drop', 'pseudonym', 'hash', 'month', 'year', 'band', 'place'] as const;
export type Method = (typeof methods)[number];

const steps: Partial<Record<Method, number>> = { band: 10, place: 1 };

/** Which methods fit what a question asks for. */
export function methodsFor(type: string): readonly Method[] {
  switch (type) {
    case 'Date':
    case 'DateTime':
      return ['keep', 'drop', 'month', 'year', 'hash', 'pseudonym'];
    case 'Int':
    case 'Long':
    case 'Decimal':
      return ['keep', 'drop', 'band', 'hash', 'pseudonym'];
    case 'Geopoint':
      return ['keep', 'drop', 'place'];
    case 'Binary':
    case 'Geotrace':
    case 'Geoshape':
      return ['keep', 'drop'];
    default:
      return ['keep', 'drop', 'pseudonym', 'hash'];
  }
}

/** What is sent for what was chosen: questions that are kept are not named. */
export function chosenOf(choice: ReadonlyMap<string, Method>): PseudonymQuestion[] {
  return [...choice]
    .filter(([, method]) => method !== 'keep')
    .map(([path, method]) => ({ path, method, step: steps[method] ?? null }));
}
