import { describe, expect, it } from 'vitest';
import type { PastChange } from '../api/types';
import { bodyOf, compare, type Fact } from './bodies';
import { neededInProject, neededInUnit } from './changes';

const change = (action: string, told: Partial<PastChange> = {}): PastChange => ({
  id: 1,
  at: '2026-03-01T08:00:00Z',
  actor: { id: 1, name: 'Admin' },
  door: 'Web',
  action,
  project: null,
  subjectKind: 'account',
  subjectId: '7',
  subjectName: 'Amina',
  places: [],
  before: null,
  after: null,
  canRevert: true,
  ...told,
});
const facts = (all: Record<string, Fact | string>): Map<string, Fact> =>
  new Map(
    Object.entries(all).map(([key, fact]) => [key, typeof fact === 'string' ? { lines: [fact] } : fact]),
  );

describe('what an entry says', () => {
  it('is nothing where a role is not held, whoever wrote it', () => {
    expect(bodyOf({ what: { role: 'viewer', place: 'Project', id: 3 }, held: false })).toBeNull();
    expect(bodyOf({ role: 'viewer', form: null, held: false, expiresAt: null })).toBeNull();
    expect(bodyOf({ rule: null })).toBeNull();
    expect(bodyOf({ run: null })).toBeNull();
    expect(bodyOf(null)).toBeNull();
    expect(bodyOf('text')).toBeNull();
  });

  it('says of a role at which place it is, and lays rules beside names', () => {
    expect(
      bodyOf({ what: { role: 'viewer', place: 'Unit', id: 3, own: false, expiresAt: null }, held: true }),
    ).toMatchObject({ role: 'viewer', unit: 3, isOwn: false, expiresAt: null });
    expect(bodyOf({ name: 'North', options: { showProvenance: true } })).toMatchObject({
      name: 'North',
      showProvenance: true,
    });
    expect(bodyOf({ condition: { field: '/age', op: '<', value: 5 } })).toMatchObject({
      holds: { field: '/age', op: '<', value: 5 },
    });
  });
});

describe('what differs', () => {
  it('is what changed alone, with the role that it is about', () => {
    expect(
      compare(
        facts({ role: 'Viewer', expiresAt: '1 Mar', name: 'Same' }),
        facts({ role: 'Viewer', expiresAt: '2 Mar', name: 'Same' }),
      ),
    ).toEqual([
      { key: 'role', was: ['Viewer'], is: ['Viewer'], isSame: true },
      { key: 'expiresAt', was: ['1 Mar'], is: ['2 Mar'], isSame: false },
    ]);
  });

  it('is everything of what is new or gone, but not what it is not', () => {
    const made = facts({
      name: 'Wells',
      archived: { lines: ['No'], isOff: true },
      description: { lines: [] },
    });
    expect(compare(null, made)).toEqual([{ key: 'name', was: null, is: ['Wells'], isSame: false }]);
    expect(compare(made, null)).toEqual([{ key: 'name', was: ['Wells'], is: null, isSame: false }]);
    expect(compare(null, null)).toEqual([]);
  });

  it('says nothing of what only one state tells of', () => {
    expect(compare(facts({}), facts({ version: '2' }))).toEqual([
      { key: 'version', was: null, is: ['2'], isSame: false },
    ]);
    expect(compare(facts({ description: { lines: [] } }), facts({ description: 'Wells' }))).toEqual([
      { key: 'description', was: [], is: ['Wells'], isSame: false },
    ]);
  });

  it('is of several those that went and those that came', () => {
    expect(
      compare(
        facts({ permissions: { lines: ['read', 'write'] } }),
        facts({ permissions: { lines: ['read', 'export'] } }),
      ),
    ).toEqual([{ key: 'permissions', was: ['write'], is: ['export'], isSame: false }]);
  });
});

describe('who may undo', () => {
  it('is whoever may do the same by hand', () => {
    expect(neededInProject(change('project.update'))).toBe('projectUpdate');
    expect(neededInProject(change('deployment.replace_stages'))).toBe('deploymentUpdate');
    expect(neededInProject(change('row_condition.remove'))).toBe('projectAssign');
    expect(neededInProject(change('key.rotate'))).toBeNull();
    expect(neededInUnit(change('unit.rename', { subjectKind: 'unit', subjectId: '4' }))).toEqual({
      unit: 4,
      permissions: ['unitUpdate'],
    });
    expect(
      neededInUnit(
        change('role.remove', {
          before: { what: { role: 'viewer', place: 'Unit', id: 5 }, held: true },
          after: { what: { role: 'viewer', place: 'Unit', id: 5 }, held: false },
        }),
      ),
    ).toEqual({ unit: 5, permissions: ['memberUpdate'] });
    expect(neededInUnit(change('setting.set', { subjectKind: 'setting' })).unit).toBeNull();
    expect(
      neededInUnit(change('factor.rule', { subjectKind: 'installation', subjectId: '' })).unit,
    ).toBeNull();
  });
});
