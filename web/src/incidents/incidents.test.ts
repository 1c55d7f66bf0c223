import { afterEach, describe, expect, it } from 'vitest';
import type { Incident } from '../api/types';
import { instantOf, momentOf } from '../kit/moments';
import { areTurned, bodyOf, byMonth, conditionOf, factsOf, merged, toneOf } from './incidents';

const zone = process.env['TZ'];
afterEach(() => {
  process.env['TZ'] = zone ?? '';
});

const incident: Incident = {
  id: 3,
  kind: 'incident',
  title: 'Sending is slow',
  impact: 'slower',
  parts: ['sending'],
  beginsAt: '2026-11-20T08:00:42Z',
  endsAt: null,
  state: 'investigating',
  postMortem: null,
  postMortemAt: null,
  withdrawnAt: null,
  revision: 1,
  updates: [],
};

describe('moments', () => {
  it.each([
    ['Africa/Nairobi', '2026-11-20T08:00:00.000Z', '2026-11-20T11:00'],
    ['America/New_York', '2026-11-20T08:00:00.000Z', '2026-11-20T03:00'],
    ['Asia/Kathmandu', '2026-11-20T23:30:00.000Z', '2026-11-21T05:15'],
  ])('are those of the reader in %s', (name, iso, moment) => {
    process.env['TZ'] = name;
    expect(momentOf(iso)).toBe(moment);
    expect(instantOf(moment)).toBe(iso);
  });

  it('are none where nothing whole is written', () => {
    expect([momentOf(null), instantOf(''), instantOf('2026-11-20')]).toEqual(['', null, null]);
    expect(instantOf('2026-13-20T08:00')).toBeNull();
  });
});

describe('the facts of an incident', () => {
  it('keep the seconds of times that nobody touched', () => {
    const facts = { ...factsOf(incident), title: ' Sending is very slow ' };
    expect(bodyOf(facts, incident)).toEqual({
      title: 'Sending is very slow',
      impact: 'slower',
      parts: ['sending'],
      beginsAt: '2026-11-20T08:00:42Z',
      endsAt: null,
    });
  });

  it('begin now where no time is given', () => {
    expect(bodyOf({ ...factsOf(null), title: 'Slow' }, null).beginsAt).toBeNull();
  });

  it('do not end before they begin', () => {
    const now = new Date('2026-11-20T08:00:30Z');
    const end = (iso: string) => ({ ...factsOf(null), ends: momentOf(iso) });
    expect(areTurned(end('2026-11-20T07:59:00Z'), now)).toBe(true);
    expect(areTurned(end('2026-11-20T08:00:00Z'), now)).toBe(false);
    expect(areTurned({ ...end('2026-11-20T08:00:00Z'), begins: momentOf('2026-11-21T08:00:00Z') }, now)).toBe(
      true,
    );
    expect(areTurned(factsOf(incident), now)).toBe(false);
  });

  it('that somebody typed stay; the others are as somebody else has made them meanwhile', () => {
    const typed = { ...factsOf(incident), title: 'Sending from phones is slow' };
    const now = { ...incident, title: 'Slow', impact: 'down', parts: ['sending', 'pages'], revision: 2 };
    expect(merged(typed, incident, now)).toEqual({
      ...factsOf(now),
      title: 'Sending from phones is slow',
    });
  });
});

describe('how the server is', () => {
  it('is no good news in a word of a newer server', () => {
    expect(['ok', 'maintenance', 'down', 'on_fire'].map(conditionOf)).toEqual([
      'ok',
      'maintenance',
      'down',
      'disturbed',
    ]);
  });

  it('is the worse the more of it is felt', () => {
    expect(toneOf(incident)).toBe('warning');
    expect(toneOf({ ...incident, impact: 'down' })).toBe('error');
    expect(toneOf({ ...incident, impact: 'down', state: 'over' })).toBe('good');
  });

  it('is told month by month', () => {
    const of = (id: number, beginsAt: string) => ({ ...incident, id, beginsAt });
    const months = byMonth([of(3, '2026-11-20'), of(2, '2026-11-02'), of(1, '2026-10-31')], (iso) =>
      iso.slice(0, 7),
    );
    expect(months.map(({ month, incidents }) => [month, incidents.map(({ id }) => id)])).toEqual([
      ['2026-11', [3, 2]],
      ['2026-10', [1]],
    ]);
  });
});
