import { plainDigits } from '../kit/wholeNumber';
import type { LimitedKind } from '../api/limits';
import type { Limits } from '../api/types';

/** The limits there are, in the order in which they are shown. */
export const limitNames = ['submissionsAnHour', 'submissionsADay', 'storedBytes', 'requestsAMinute'] as const;
export type LimitName = (typeof limitNames)[number];

/** Those that can be set for one project or account alone. */
export const namesOf = (kind: LimitedKind): readonly LimitName[] =>
  kind === 'projects' ? ['submissionsAnHour', 'submissionsADay', 'storedBytes'] : ['requestsAMinute'];

/** Nobody counts bytes: they are typed in megabytes. */
export const bytesOfMegabyte = 1_000_000;
const most = 1_000_000_000_000_000;
/** With fewer nobody could set it higher again. */
export const fewestRequests = 60;

const unitOf = (name: LimitName): number => (name === 'storedBytes' ? bytesOfMegabyte : 1);

/** A limit as it is typed; empty for none. */
export function typedOf(name: LimitName, limits: Limits): string {
  const value = limits[name] ?? null;
  return value === null ? '' : String(value / unitOf(name));
}

/** What was typed: null for no limit, undefined for what is no limit. */
export function limitOf(name: LimitName, typed: string): number | null | undefined {
  const text = plainDigits(typed.trim());
  if (text === '') {
    return null;
  }
  const value = /^\d{1,15}(\.\d{1,6})?$/.test(text) ? Math.round(Number(text) * unitOf(name)) : Number.NaN;
  const isWhole = name === 'storedBytes' || !text.includes('.');
  const least = name === 'requestsAMinute' ? fewestRequests : 1;
  return isWhole && value >= least && value <= most ? value : undefined;
}

export const noLimits: Limits = {
  submissionsAnHour: null,
  submissionsADay: null,
  storedBytes: null,
  requestsAMinute: null,
};
