import { describe, expect, it } from 'vitest';
import type { PrivacyFinding, PrivacyReport } from '../../api/types';
import { asCells, inOrder, isAnswered, isOfPlace, reasonsOf, split, tablesOf } from './privacy';

function found(about: string, more: Partial<PrivacyFinding> = {}): PrivacyFinding {
  return {
    about,
    name: about.slice(1),
    label: null,
    topics: ['name'],
    kinds: ['directIdentifier'],
    severity: 'high',
    isAboutStaff: false,
    reasons: [],
    remedies: [],
    decision: null,
    ...more,
  };
}

const decision = { because: 'We need it.', by: 'Admin', at: '2026-11-21T08:00:00Z', isCurrent: true };

describe('the order of findings', () => {
  it('is by severity, then what nobody answered, then as in the form', () => {
    const lines = [
      found('/low', { severity: 'low' }),
      found('/answered', { decision }),
      found('/first'),
      found('/second'),
      found('/medium', { severity: 'medium' }),
    ];
    expect(inOrder(lines).map((line) => line.about)).toEqual([
      '/first',
      '/second',
      '/answered',
      '/medium',
      '/low',
    ]);
  });

  it('folds the low ones away', () => {
    const report = {
      findings: [found('/low', { severity: 'low' }), found('/high')],
    } as unknown as PrivacyReport;
    expect(split(report).grave.map((line) => line.about)).toEqual(['/high']);
    expect(split(report).low.map((line) => line.about)).toEqual(['/low']);
  });
});

describe('an answer', () => {
  it('counts for what was found when it was given', () => {
    expect(isAnswered(found('/q', { decision }))).toBe(true);
    expect(isAnswered(found('/q', { decision: { ...decision, isCurrent: false } }))).toBe(false);
    expect(isAnswered(found('/q'))).toBe(false);
  });
});

describe('a finding of a place', () => {
  it('is a point, a line or an area, whatever its name says', () => {
    const reason = (source: 'type' | 'label', words: string) =>
      found('/q', { reasons: [{ source, words, language: null }] });
    expect(['geopoint', 'geotrace', 'geoshape'].map((type) => isOfPlace(reason('type', type)))).toEqual([
      true,
      true,
      true,
    ]);
    expect([reason('type', 'binary'), reason('label', 'geopoint')].map(isOfPlace)).toEqual([false, false]);
  });
});

describe('reasons', () => {
  it('that say the same of name and label are one', () => {
    const reasons = [
      { source: 'name' as const, words: 'phone', language: 'en' },
      { source: 'label' as const, words: 'Phone', language: 'en' },
      { source: 'label' as const, words: 'téléphone', language: 'fr' },
    ];
    expect(reasonsOf(found('/q', { reasons })).map((reason) => reason.words)).toEqual(['phone', 'téléphone']);
  });
});

describe('rows to write', () => {
  const remedy = {
    kind: 'ageGroups' as const,
    rows: [
      {
        sheet: 'survey',
        cells: [
          { column: 'type', value: 'select_one ages' },
          { column: 'name', value: 'age' },
        ],
      },
      {
        sheet: 'choices',
        cells: [
          { column: 'list_name', value: 'ages' },
          { column: 'name', value: '0_4' },
        ],
      },
      {
        sheet: 'choices',
        cells: [
          { column: 'list_name', value: 'ages' },
          { column: 'label', value: '5–17' },
        ],
      },
    ],
  };

  it('are a table for each sheet with all its columns', () => {
    expect(tablesOf(remedy).map(({ sheet, columns }) => [sheet, columns])).toEqual([
      ['survey', ['type', 'name']],
      ['choices', ['list_name', 'name', 'label']],
    ]);
  });

  it('are copied as cells', () => {
    expect(tablesOf(remedy).map(asCells)[1]).toBe('list_name\tname\tlabel\nages\t0_4\t\nages\t\t5–17');
  });
});
