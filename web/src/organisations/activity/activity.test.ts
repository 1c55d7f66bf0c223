import { afterEach, describe, expect, it } from 'vitest';
import { activityFileUrl } from '../../api/activity';
import type { ActivityItem } from '../../api/types';
import en from '../../locales/en.json';
import { piecesOf } from './details';
import { actionsOf, kindsOf } from './kinds';
import { linesOf } from './lines';
import { addressOf, asked, noWish, wishOf } from './wish';

const zone = process.env['TZ'];
afterEach(() => {
  process.env['TZ'] = zone ?? '';
});

describe('what of the activity is wanted', () => {
  it('stands in the address as numbers, codes and days, and is read from it', () => {
    const address = {
      person: '12',
      action: 'form.publish',
      kind: 'form',
      from: '2026-11-01',
      to: '2026-11-21',
    };
    expect(wishOf(address)).toEqual({ ...address, project: null });
    expect(addressOf(wishOf(address))).toEqual(address);
    expect(addressOf(noWish)).toEqual({});
  });

  it('is nothing where the address holds something else', () => {
    const address = { person: 'Amina', action: 'publish', kind: 'a form', project: '-1', from: '2026-02-30' };
    expect(wishOf({ ...address, to: ['2026-11-21', '2026-11-22'] })).toEqual(noWish);
  });

  it.each([
    ['Africa/Nairobi', '2026-03-07T21:00:00.000Z', '2026-03-08T21:00:00.000Z'],
    ['America/New_York', '2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z'],
    ['Asia/Kathmandu', '2026-03-07T18:15:00.000Z', '2026-03-08T18:15:00.000Z'],
  ])('asks for whole days as they are in %s', (name, since, until) => {
    process.env['TZ'] = name;
    const wish = { ...noWish, from: '2026-03-08', to: '2026-03-08' };
    expect(asked(wish, '7')).toEqual({
      project: '7',
      actor: null,
      action: null,
      kind: null,
      since,
      until,
    });
  });

  it('is asked of the file, too, without what is not filtered by', () => {
    const wanted = asked({ ...noWish, person: '3', action: 'form.publish' }, null);
    expect(activityFileUrl(wanted, 'json')).toBe(
      '/api/activity/file?format=json&actor=3&action=form.publish',
    );
  });
});

describe('the details of a line', () => {
  const words = (action: string, detail: string | null): string[] =>
    piecesOf(action, detail).map((piece) => {
      switch (piece.is) {
        case 'name':
          return piece.text;
        case 'text':
          return piece.key;
        case 'number':
          return `${piece.key} ${piece.count}`;
        case 'role':
          return `role ${piece.role}`;
        case 'language':
          return piece.tag;
      }
    });

  it.each<[string, string | null, string[]]>([
    ['submission.list', '12 submissions', ['inbox.waiting 12']],
    [
      'submission.export',
      '3 submissions as CSV ZIP, decrypted, by link 4',
      [
        'inbox.waiting 3',
        'exports.formats.csvzip.name',
        'activity.details.decrypted',
        'activity.details.byLink',
      ],
    ],
    ['submission.export', 'geojson', ['exports.formats.geojson.name']],
    [
      'submission.list',
      'at most 20 rows of Submissions as OData',
      ['activity.details.atMost 20', 'Submissions', 'OData'],
    ],
    [
      'submission.approve',
      'approve → final (Field check), override',
      ['Field check', 'activity.details.override'],
    ],
    ['submission.read', 'version 2', ['activity.details.version']],
    ['role.assign', 'manager', ['role manager']],
    ['role.assign', 'collector at form 4', ['role collector']],
    ['role.assign_limited', 'viewer at form 4, own submissions', ['role viewer', 'activity.details.own']],
    ['role.assign', 'role:7', ['role role:7']],
    ['role.remove', 'role:7 at form 4', ['role role:7']],
    ['deployment.add_person', 'approver actor 9', ['role approver']],
    ['deployment.add_person', 'role:7 actor 9', ['role role:7']],
    ['retention.add', 'rule 2: files, 90 days', ['retention.kinds.files', 'retention.counts.after 90']],
    ['session.create', 'password, totp', ['accessLog.ways.password', 'accessLog.ways.totp']],
    ['witness.add', 'mail', ['witnesses.kinds.mail']],
    ['recipient.add', 'webhook', ['witnesses.kinds.webhook']],
    ['alert.acknowledge', 'sign_in', ['health.names.sign_in']],
    ['incident.open', 'Sending is slow', ['Sending is slow']],
    ['activity.download', 'csv', ['CSV']],
    ['consent.give', 'terms 2', ['rights.texts.terms', 'activity.details.version']],
    ['form.confidential', 'clinic marked /data/name', ['activity.details.marks.marked', '/data/name']],
    ['hold.place', 'hold 3', []],
    ['submission.create', null, []],
  ])('of %s “%s” are told in words', (action, detail, told) => {
    expect(words(action, detail)).toEqual(told);
  });

  it('are what people called a thing, whatever that looks like', () => {
    expect(words('project.update', '12 submissions')).toEqual(['12 submissions']);
    expect(words('app_user.create', 'hold 3')).toEqual(['hold 3']);
  });

  it('stand as they are when there are no words for them', () => {
    expect(words('form.publish', 'clinic')).toEqual(['clinic']);
    expect(words('something.new', 'said so')).toEqual(['said so']);
  });
});

describe('the lists to choose from', () => {
  it('have a name for whatever actions belong to, and for every kind of thing', () => {
    const named = Object.keys(en.activity.kinds);
    expect(Object.keys(en.activity.actions).filter((group) => !named.includes(group))).toEqual([]);
    expect(kindsOf(false).filter((kind) => !named.includes(kind))).toEqual([]);
  });

  it('hold less for a project than for the server', () => {
    expect(actionsOf(true).length).toBeLessThan(actionsOf(false).length);
    expect(actionsOf(true).some((one) => one.action === 'form.publish')).toBe(true);
    expect(actionsOf(true).some((one) => one.group === 'session')).toBe(false);
  });
});

describe('lines', () => {
  const item = (id: number, actor: number, action: string, detail: string | null = null): ActivityItem => ({
    id,
    at: '2026-11-21T08:00:00Z',
    actor: { id: actor, name: 'A' },
    action,
    subject: 'form clinic',
    detail,
    project: 7,
    door: 'web',
    actingAs: null,
    supportGrant: null,
    form: null,
    formTitle: null,
  });

  it('stand for the same thing done again and again by the same person', () => {
    const lines = linesOf([
      item(4, 1, 'submission.list'),
      item(3, 1, 'submission.list'),
      item(2, 2, 'submission.list'),
      item(1, 2, 'form.publish'),
    ]);
    expect(lines.map((line) => [line.item.id, line.count])).toEqual([
      [4, 2],
      [2, 1],
      [1, 1],
    ]);
  });

  it('stand apart where the same was done with another detail', () => {
    const lines = linesOf([
      item(3, 1, 'role.assign', 'viewer'),
      item(2, 1, 'role.assign', 'viewer'),
      item(1, 1, 'role.assign', 'manager'),
    ]);
    expect(lines.map((line) => [line.item.detail, line.count])).toEqual([
      ['viewer', 2],
      ['manager', 1],
    ]);
  });
});
