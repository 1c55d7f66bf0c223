import { useI18n } from 'vue-i18n';
import { isolate } from '../kit/isolate';
import { useFormat } from '../kit/useFormat';
import { wordsIn } from './healthWords';

/** What a check saw. */
export interface Seen {
  code: string;
  words: Record<string, string>;
  /** The server's own sentence, for a code that there is no text for. */
  what: string;
}

export interface CheckWords {
  nameOf: (check: string) => string;
  /** What is seen. */
  whatOf: (seen: Seen) => string;
  /** What to do; null when nothing is to be done. */
  todoOf: (seen: Seen) => string | null;
}

/** Words the checks of the server in the reader's language. */
export function useCheckWords(): CheckWords {
  const i18n = useI18n();
  const { t, locale } = i18n;
  const te = (key: string): boolean => i18n.te(key, 'en');
  const format = useFormat();

  const text = (seen: Seen, part: 'what' | 'todo'): string => `health.codes.${seen.code}.${part}`;
  // Paths and addresses read from left to right in every language.
  const named = (seen: Seen): Record<string, string> => {
    const words = wordsIn(locale.value, seen.words, format.size);
    const inOneDirection = Object.entries(words).filter(([name]) => name === 'path' || name === 'store');
    return { ...words, ...Object.fromEntries(inOneDirection.map(([name, word]) => [name, isolate(word)])) };
  };

  return {
    nameOf: (check) => (te(`health.names.${check}`) ? t(`health.names.${check}`) : check),
    whatOf: (seen) =>
      te(text(seen, 'what'))
        ? t(text(seen, 'what'), Number(seen.words.count ?? 1), { named: named(seen) })
        : seen.what,
    todoOf: (seen) => (te(text(seen, 'todo')) ? t(text(seen, 'todo'), named(seen)) : null),
  };
}
