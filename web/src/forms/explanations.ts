import { shallowRef, watch, type ShallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { isolateCode } from '../kit/isolate';
import { directionOf } from '../locales/i18n';
import type en from './explanations/en.json';

/** Names a kind of mistake and tells a beginner why it is one and how to mend it. */
export interface Explanation {
  title: string;
  help: string;
}

export type Explanations = Readonly<Record<string, Explanation>>;

const english = (): Promise<{ default: typeof en }> => import('./explanations/en.json');
const loaders: Readonly<Record<string, () => Promise<{ default: typeof en }>>> = {
  en: english,
  fr: () => import('./explanations/fr.json'),
  es: () => import('./explanations/es.json'),
  ar: () => import('./explanations/ar.json'),
};

/** Kinds of mistakes that are mended in the same way. */
const sameAs: Readonly<Record<string, string>> = {
  X_SHEET_EXTERNAL_MISSING: 'X_SHEET_CHOICES_MISSING',
  X_LIST_NOT_IN_EXTERNAL: 'X_LIST_NOT_IN_CHOICES',
  X_LOOP_LIST_MISSING: 'X_LIST_NOT_IN_CHOICES',
  W_CHOICE_COLUMN_DROPPED: 'HEADER_004',
  X_REF_UNKNOWN_LATE: 'PYREF_003',
  X_REF_AMBIGUOUS_LATE: 'PYREF_004',
  RANGE_003: 'RANGE_002',
  RANGE_004: 'RANGE_002',
  RANGE_005: 'RANGE_002',
  X_ROWS_INT: 'X_MAX_PIXELS_INT',
  SURVEY_007: 'X_MAX_PIXELS_INT',
  SURVEY_008: 'X_MAX_PIXELS_INT',
  NAMES_003: 'NAMES_004',
};

export function explanationOf(all: Explanations, code: string): Explanation | null {
  return all[sameAs[code] ?? code] ?? null;
}

/** The explanations in the reader's language; empty until they are loaded, which the page does not wait for. */
export function useExplanations(): ShallowRef<Explanations> {
  const { locale } = useI18n();
  const explanations = shallowRef<Explanations>({});

  watch(
    locale,
    async (language) => {
      try {
        const loaded = (await (loaders[language] ?? english)()).default;
        if (locale.value === language) {
          explanations.value = directionOf(language) === 'rtl' ? withCodeIsolated(loaded) : loaded;
        }
      } catch {
        explanations.value = {}; // The list says what is wrong without them.
      }
    },
    { immediate: true },
  );

  return explanations;
}

function withCodeIsolated(explanations: Explanations): Explanations {
  return Object.fromEntries(
    Object.entries(explanations).map(([code, { title, help }]) => [
      code,
      { title: isolateCode(title), help: isolateCode(help) },
    ]),
  );
}
