import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseCompile } from '@intlify/message-compiler';
import { describe, expect, it } from 'vitest';
import { pluralForms, type Language } from '../src/locales/i18n';
import ar from '../src/locales/ar.json';
import en from '../src/locales/en.json';
import es from '../src/locales/es.json';
import fr from '../src/locales/fr.json';

interface Texts {
  [key: string]: string | Texts;
}

const locales: Record<Exclude<Language, 'en'>, Texts> = { fr, es, ar };

function flatten(texts: Texts, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([key, value]) =>
      typeof value === 'string' ? [[prefix + key, value] as const] : [...flatten(value, `${prefix}${key}.`)],
    ),
  );
}

const placeholders = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''))].sort();

const english = flatten(en);
const languages = Object.keys(locales) as Exclude<Language, 'en'>[];

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? sources(join(folder, entry.name))
      : /\.(ts|vue)$/.test(entry.name) && !entry.name.endsWith('.test.ts')
        ? [readFileSync(join(folder, entry.name), 'utf8')]
        : [],
  );
}

describe.each(languages)('the texts in %s', (language) => {
  const texts = flatten(locales[language]);

  it('have exactly the keys of the English ones', () => {
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('have the same placeholders', () => {
    const different = [...english].filter(
      ([key, text]) => placeholders(texts.get(key) ?? '').join() !== placeholders(text).join(),
    );
    expect(different.map(([key]) => key)).toEqual([]);
  });

  it('give every plural form of the language', () => {
    const wrong = [...english]
      .filter(([, text]) => text.includes(' | '))
      .filter(([key]) => (texts.get(key) ?? '').split(' | ').length !== pluralForms[language].length);
    expect(wrong.map(([key]) => key)).toEqual([]);
  });

  it('are translated', () => {
    // Words that are the same in several languages are short.
    const same = [...english].filter(([key, text]) => text.length > 24 && texts.get(key) === text);
    expect(same.map(([key]) => key)).toEqual([]);
  });
});

describe.each([...languages, 'en' as const])('every text in %s', (language) => {
  it('is read without a fault by what shows it', () => {
    const faults: string[] = [];
    for (const [key, text] of language === 'en' ? english : flatten(locales[language])) {
      baseCompile(text, { onError: ({ message }) => faults.push(`${key}: ${message}`) });
    }
    expect(faults).toEqual([]);
  });
});

/** Words that stand for something else than a submission, a setting or a role, and where the English text has that. */
const others: Record<
  Exclude<Language, 'en'>,
  readonly (readonly [word: RegExp, onlyFor: RegExp | null])[]
> = {
  fr: [
    [/réponse/i, /answer|ask|repl/i],
    [/\benvois\b/i, null],
    [/\bparamètre/i, /parameter/i],
  ],
  es: [
    [/respuesta/i, /answer|ask|repl/i],
    [/configuración/i, null],
    [/\bfunci(ón|ones)\b/i, null],
  ],
  ar: [[/ردود|ردًّا|ردّان|إدخالات/, null]],
};

describe.each(languages)('a thing in %s', (language) => {
  it('has one word', () => {
    const texts = flatten(locales[language]);
    const wrong = [...english].filter(([key, text]) =>
      others[language].some(
        ([word, onlyFor]) => word.test(texts.get(key) ?? '') && onlyFor?.test(text) !== true,
      ),
    );
    expect(wrong.map(([key]) => key)).toEqual([]);
  });
});

describe('the English texts', () => {
  const code = sources('src').join('\n');
  const used = new Set(
    [...code.matchAll(/\b(?:t|text|counted)\(\s*'(\w+(?:\.\w+)+)'/g)].map((match) => match[1] ?? ''),
  );
  const ternary = [...code.matchAll(/\bt\([^'()]*\? '([\w.]+)' : '([\w.]+)'/g)].flatMap((match) =>
    match.slice(1),
  );
  const families = [...code.matchAll(/`([\w.]+)\.\$\{/g)].map((match) => `${match[1] ?? ''}.`);

  it('hold every text that the code asks for', () => {
    expect([...used, ...ternary].filter((key) => !english.has(key))).toEqual([]);
  });

  it('hold no text that nothing asks for', () => {
    const unused = [...english.keys()].filter(
      (key) =>
        !used.has(key) &&
        !ternary.includes(key) &&
        !families.some((family) => key.startsWith(family)) &&
        !code.includes(`'${key}'`),
    );
    expect(unused).toEqual([]);
  });
});
