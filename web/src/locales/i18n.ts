import { createI18n, type I18n } from 'vue-i18n';
import en from './en.json';

/** The languages of the interface, each under its own name. */
export const languages = [
  { value: 'en', label: 'English' },
  { value: 'fr', label: 'Français' },
  { value: 'es', label: 'Español' },
  { value: 'ar', label: 'العربية' },
] as const;

export type Language = (typeof languages)[number]['value'];

/** The plural forms of a language in the order in which its texts list them, separated by “|”. */
export const pluralForms: Record<Language, readonly Intl.LDMLPluralRule[]> = {
  en: ['one', 'other'],
  fr: ['one', 'other'],
  es: ['one', 'other'],
  ar: ['zero', 'one', 'two', 'few', 'many', 'other'],
};

const remembered = 'fieldkeep.language';
const loaders: Record<Exclude<Language, 'en'>, () => Promise<{ default: typeof en }>> = {
  fr: () => import('./fr.json'),
  es: () => import('./es.json'),
  ar: () => import('./ar.json'),
};

export const i18n: I18n<
  Record<string, never>,
  Record<string, never>,
  Record<string, never>,
  string,
  false
> = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en },
  pluralRules: Object.fromEntries(
    languages.map(({ value }) => [value, (count: number) => formOf(value, count)]),
  ),
});

/** Loads a language and shows it, turning the page round for one that is read from the right. */
export async function setLanguage(language: Language): Promise<void> {
  if (language !== 'en' && !i18n.global.availableLocales.includes(language)) {
    i18n.global.setLocaleMessage(language, (await loaders[language]()).default);
  }
  i18n.global.locale.value = language;
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

/** Which way a language is read. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

/** Remembers the language a person chose on this device. */
export function rememberLanguage(language: Language): void {
  localStorage.setItem(remembered, language);
}

/** The language chosen before on this device, else the browser's first that we speak, else English. */
export function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(remembered) ?? '', ...navigator.languages];
  for (const tag of wanted) {
    const found = languageOf(tag.slice(0, 2).toLowerCase());
    if (found !== undefined) {
      return found;
    }
  }
  return 'en';
}

/** The language of a tag, if we speak it. */
export function languageOf(tag: string): Language | undefined {
  return languages.find(({ value }) => value === tag)?.value;
}

function formOf(language: Language, count: number): number {
  const forms = pluralForms[language];
  const index = forms.indexOf(new Intl.PluralRules(language).select(count));
  return index < 0 ? forms.length - 1 : index;
}
