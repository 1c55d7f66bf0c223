import type { Composer } from 'vue-i18n';
import type { Problem } from '../api/problem';
import { isolate } from './isolate';

/** Chooses the words for a problem: our own for a code we know, else the server's, else what the status means. */
export function problemWords(
  problem: Problem,
  i18n: Pick<Composer, 't' | 'te'>,
): { title: string; detail: string | null } {
  const known = `problems.${problem.code}`;
  if (i18n.te(known) || i18n.te(known, 'en')) {
    const { reason, contact } = problem.extra;
    const said = { reason: textOf(reason), contact: textOf(contact) };
    return {
      title: i18n.t(known, { seconds: problem.retryAfterSeconds ?? 60, ...said }),
      detail: null,
    };
  }
  if (problem.title !== '' || problem.detail !== null) {
    const title = problem.title === '' ? i18n.t('problems.any') : problem.title;
    return { title, detail: problem.detail === title ? null : problem.detail };
  }
  const byStatus = `problems.status.${problem.status}`;
  return {
    title: i18n.t(i18n.te(byStatus) || i18n.te(byStatus, 'en') ? byStatus : 'problems.any'),
    detail: null,
  };
}

/** What operators wrote, as a word of its own in a sentence of ours. */
const textOf = (said: unknown): string => (typeof said === 'string' ? isolate(said) : '');
