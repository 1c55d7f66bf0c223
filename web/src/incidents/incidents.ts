import type { IncidentBody } from '../api/incidents';
import type { Incident } from '../api/types';
import { instantOf, momentOf } from '../kit/moments';

/** What was not planned, and what was. */
export const kinds = ['incident', 'maintenance'] as const;
export type Kind = (typeof kinds)[number];

/** How much something is felt, least first. */
export const impacts = ['none', 'slower', 'partly', 'down'] as const;

/** What of the server people know. */
export const parts = ['sending', 'pages', 'exports', 'letters'] as const;

/** How one of a kind can stand, in order; the last is its end. */
export const statesOf = (kind: string): readonly string[] =>
  kind === 'maintenance' ? ['planned', 'begun', 'over'] : ['investigating', 'identified', 'watching', 'over'];

export const isOver = (incident: Incident): boolean => incident.state === 'over';

/** The colour of how an incident stands. */
export function toneOf(incident: {
  state: string;
  impact: string;
}): 'plain' | 'good' | 'info' | 'warning' | 'error' {
  switch (incident.state) {
    case 'over':
      return 'good';
    case 'planned':
      return 'plain';
    case 'begun':
    case 'watching':
      return 'info';
    default:
      return incident.impact === 'down' ? 'error' : 'warning';
  }
}

/** How the server is, from good to bad; `unknown` while it does not say. */
export const conditions = ['ok', 'maintenance', 'disturbed', 'down', 'unknown'] as const;
export type Condition = (typeof conditions)[number];

/** A word of the server's; one that is not known, of a newer server, is no good news. */
export const conditionOf = (word: string): Condition => conditions.find((one) => one === word) ?? 'disturbed';

/** Incidents under the month that each began in, in the order they come. */
export function byMonth(
  incidents: readonly Incident[],
  monthOf: (iso: string) => string,
): { month: string; incidents: Incident[] }[] {
  const months: { month: string; incidents: Incident[] }[] = [];
  for (const incident of incidents) {
    const month = monthOf(incident.beginsAt);
    const last = months.at(-1);
    if (last?.month === month) {
      last.incidents.push(incident);
    } else {
      months.push({ month, incidents: [incident] });
    }
  }
  return months;
}

/** The facts of an incident as fields have them. */
export interface Facts {
  title: string;
  impact: string;
  parts: readonly string[];
  begins: string;
  ends: string;
}

/** Of an incident; for a new one, of nothing yet. */
export const factsOf = (incident: Incident | null): Facts => ({
  title: incident?.title ?? '',
  impact: incident?.impact ?? 'partly',
  parts: incident?.parts ?? [],
  begins: momentOf(incident?.beginsAt ?? null),
  ends: momentOf(incident?.endsAt ?? null),
});

/** What fields have, for the server: times that nobody touched keep their seconds. */
export function bodyOf(facts: Facts, seen: Incident | null): IncidentBody {
  const before = factsOf(seen);
  return {
    title: facts.title.trim(),
    impact: facts.impact,
    parts: [...facts.parts],
    beginsAt: facts.begins === before.begins ? (seen?.beginsAt ?? null) : instantOf(facts.begins),
    endsAt: facts.ends === before.ends ? (seen?.endsAt ?? null) : instantOf(facts.ends),
  };
}

/** Whether the end comes before the beginning; without a beginning, before now. */
export function areTurned(facts: Facts, now: Date): boolean {
  const ends = instantOf(facts.ends);
  return ends !== null && ends < (instantOf(facts.begins) ?? momentStart(now));
}

// Fields have no seconds: what ends in this minute does not end before it.
const momentStart = (now: Date): string => instantOf(momentOf(now.toISOString())) ?? '';

/** What somebody typed over what they read, with all they left as it was taken from what is there now. */
export function merged(typed: Facts, read: Incident, now: Incident): Facts {
  const [before, after] = [factsOf(read), factsOf(now)];
  return {
    title: typed.title === before.title ? after.title : typed.title,
    impact: typed.impact === before.impact ? after.impact : typed.impact,
    parts: areSame(typed.parts, before.parts) ? after.parts : typed.parts,
    begins: typed.begins === before.begins ? after.begins : typed.begins,
    ends: typed.ends === before.ends ? after.ends : typed.ends,
  };
}

export const areSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((one) => others.includes(one));

export const areSameFacts = (some: Facts, others: Facts): boolean =>
  some.title === others.title &&
  some.impact === others.impact &&
  some.begins === others.begins &&
  some.ends === others.ends &&
  areSame(some.parts, others.parts);

/** So many characters the server takes. */
export const longestText = 4_000;
export const longestPostMortem = 50_000;
