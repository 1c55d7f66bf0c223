import type { Problem } from '../api/problem';

/** How something stands, from good to bad. */
export const states = ['ok', 'warning', 'failing'] as const;
export type State = (typeof states)[number];

/** The server looks at itself every half minute; so do the pages at it. */
export const lookAgainMs = 30_000;

/** A state of the server's; one that is not known is taken for the worst. */
export const stateOf = (word: string): State => states.find((one) => one === word) ?? 'failing';

export const toneOf = { ok: 'good', warning: 'warning', failing: 'error' } as const satisfies Record<
  State,
  string
>;

/** Whether a server is heard; what is not known is taken for one that is not, and should be. */
export const hearings = ['heard', 'stopped', 'silent'] as const;
export type Hearing = (typeof hearings)[number];
export const hearingOf = (word: string): Hearing => hearings.find((one) => one === word) ?? 'silent';
export const toneOfHearing = {
  heard: 'good',
  stopped: 'plain',
  silent: 'warning',
} as const satisfies Record<Hearing, string>;

/** Lengths of time in the words of a check, which languages count in ways of their own. */
const lengths = { days: 'day', hours: 'hour', minutes: 'minute', seconds: 'second' } as const;

/** Counts. Whatever is not named here stays as it is: a code such as 08006 or 57014 is no number. */
const counts = ['all', 'copies', 'count', 'faults', 'files', 'most', 'used'];

/** Words of a check as the reader's language writes them: lengths, sizes, shares and counts. */
export function wordsIn(
  locale: string,
  words: Record<string, string>,
  size: (bytes: number) => string,
): Record<string, string> {
  const written = Object.entries(words).map(([name, word]): [string, string] => {
    const number = Number(word);
    if (word === '' || Number.isNaN(number)) {
      return [name, word];
    }
    if (name === 'bytes') {
      return [name, size(number)];
    }
    if (name === 'percent') {
      return [name, new Intl.NumberFormat(locale, { style: 'percent' }).format(number / 100)];
    }
    const unit = Object.entries(lengths).find(([length]) => length === name)?.[1];
    if (unit === undefined && !counts.includes(name)) {
      return [name, word];
    }
    return [
      name,
      new Intl.NumberFormat(
        locale,
        unit === undefined ? {} : { style: 'unit', unit, unitDisplay: 'long' },
      ).format(Math.abs(number)),
    ];
  });
  return Object.fromEntries(written);
}

/** Refusals that are about the address that was written, and are told beside it. */
const ofAddress = ['recipient.address_unsafe', 'recipient.exists', 'mail.address_invalid'];

export const isOfRecipient = (problem: Problem | null): boolean =>
  problem !== null && ofAddress.includes(problem.code);
