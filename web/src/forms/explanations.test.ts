import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isolateCode } from '../kit/isolate';
import { explanationOf } from './explanations';
import ar from './explanations/ar.json';
import en from './explanations/en.json';
import es from './explanations/es.json';
import fr from './explanations/fr.json';

const compiler = readFileSync('../src/Fieldkeep.XForms/Diagnostics/DiagnosticCode.cs', 'utf8');
const known = new Set([...compiler.matchAll(/ = "(\w+)";/g)].map((match) => match[1]));

describe('the explanations', () => {
  it('are of kinds that the compiler finds, at least forty of them', () => {
    expect(Object.keys(en).filter((code) => !known.has(code))).toEqual([]);
    expect(Object.keys(en).length).toBeGreaterThanOrEqual(40);
  });

  it.each(Object.entries({ fr, es, ar }))(
    'are all there in %s, with the same words of XLSForm',
    (_, texts) => {
      expect(Object.keys(texts)).toEqual(Object.keys(en));
      const empty = Object.values(texts).filter(({ title, help }) => title === '' || help === '');
      expect(empty).toEqual([]);
      const same = Object.entries(texts).filter(([code, { help }]) => explanationOf(en, code)?.help === help);
      expect(same).toEqual([]);
    },
  );

  it('serve kinds that are mended alike', () => {
    expect(explanationOf(en, 'RANGE_004')).toBe(en.RANGE_002);
    expect(explanationOf(en, 'X_NOT_KNOWN_HERE')).toBeNull();
  });
});

describe('code in a text read from the right', () => {
  it.each([
    ['مثل ${age}.', 'مثل \u2066${age}\u2069.'],
    ['(أو end repeat) تحت', '(أو \u2066end repeat\u2069) تحت'],
    ['نوعه end group (أو end repeat) تحت', 'نوعه \u2066end group\u2069 (أو \u2066end repeat\u2069) تحت'],
    ['صغيرة: text وdate', 'صغيرة: \u2066text\u2069 و\u2066date\u2069'],
    ['مثل label::French (fr).', 'مثل \u2066label::French (fr)\u2069.'],
    ['لا شيء.', 'لا شيء.'],
  ])('stays in one piece: %s', (text, isolated) => expect(isolateCode(text)).toBe(isolated));
});
