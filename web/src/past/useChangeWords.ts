import { useI18n } from 'vue-i18n';
import type { PastChange } from '../api/types';
import { isolate } from '../kit/isolate';
import { useFormat } from '../kit/useFormat';
import { useRoleWords } from '../organisations';
import { useRowConditionWords } from '../submissions';
import { bodiesIn, bodyOf, textsIn, type Body, type Fact } from './bodies';

type Teller = (value: unknown, change: PastChange) => Fact | null;

const one = (text: string): Fact => ({ lines: [text] });

/** Says changes and states in words; what an entry says that no reader knows a word for is left out. */
export function useChangeWords() {
  const i18n = useI18n();
  const { t } = i18n;
  const format = useFormat();
  const { roleName, placeName } = useRoleWords();
  const conditionWords = useRowConditionWords();

  const text: Teller = (value) =>
    typeof value === 'string' && value !== '' ? one(isolate(value)) : value === null ? { lines: [] } : null;
  const number: Teller = (value) => (typeof value === 'number' ? one(format.number(value)) : null);
  const truth: Teller = (value) =>
    typeof value === 'boolean' ? { lines: [t(value ? 'past.yes' : 'past.no')], isOff: !value } : null;
  const place =
    (kind: string): Teller =>
    (id, { places }) => {
      const named = places.find((known) => known.kind === kind && known.id === id);
      return named === undefined ? null : one(isolate(placeName(named)));
    };

  const tellers: Readonly<Record<string, Teller>> = {
    name: text,
    displayName: text,
    xmlFormId: text,
    version: text,
    description: text,
    archived: truth,
    state: (value) =>
      typeof value === 'string' && i18n.te(`forms.states.${value}`, 'en')
        ? one(t(`forms.states.${value}`))
        : null,
    role: (value) => (typeof value === 'string' ? one(roleName(value)) : null),
    rule: (value) => (typeof value === 'string' ? one(t(`retention.kinds.${value}`)) : null),
    installation: () => one(t('roles.places.installation')),
    unit: place('unit'),
    parent: place('unit'),
    project: place('project'),
    form: place('form'),
    deployment: place('deployment'),
    stage: place('stage'),
    days: number,
    isOwn: truth,
    condition: (value) => (typeof value === 'number' ? one(t('past.yes')) : null),
    holds: (value) => one(conditionWords(value, new Map())),
    expiresAt: (value) =>
      typeof value === 'string' ? one(format.instant(value)) : { lines: [t('past.noEnd')], isOff: true },
    isActive: (value) => one(t(value === true ? 'deployments.open' : 'deployments.closed')),
    stages: (value) => ({ lines: bodiesIn(value).map(stage) }),
    allowSamePerson: truth,
    reapproveOnEdit: truth,
    enumeratorAdminFinal: truth,
    showProvenance: truth,
    permissions: (value) => ({ lines: textsIn(value).map(permission) }),
    roles: (value) => ({
      lines: bodiesIn(value).map(({ role }) => roleName(typeof role === 'string' ? role : '')),
    }),
    required: truth,
    trashDays: number,
    once: truth,
    path: text,
    radius: number,
    reason: text,
    questions: (value) => ({ lines: textsIn(value).map(isolate) }),
    value: (value) =>
      typeof value === 'string' && value !== '' ? one(isolate(setting(value))) : { lines: [] },
  };

  function permission(name: string): string {
    const key = `roles.permissions.${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    return i18n.te(key, 'en') ? t(key) : name;
  }

  function stage(told: Body, index: number): string {
    const approvals = typeof told['minApprovals'] === 'number' ? told['minApprovals'] : 1;
    const name = typeof told['name'] === 'string' ? told['name'] : '';
    return t('past.stage', {
      at: format.number(index + 1),
      name: isolate(name),
      who: t('past.approvals', { number: format.number(approvals) }, approvals),
    });
  }

  /** A setting is kept as JSON; texts, numbers and truths are told as such. */
  function setting(json: string): string {
    try {
      const value: unknown = JSON.parse(json);
      return typeof value === 'string' ? value : json;
    } catch {
      return json; // An older release kept it bare.
    }
  }

  /** What a state says, in words; null when there was none. */
  function factsOf(told: unknown, change: PastChange): Map<string, Fact> | null {
    const body = bodyOf(told);
    if (body === null) {
      return null;
    }
    const whose = change.places.find((known) => known.kind === 'deployment');
    const isInDeployment = change.action.startsWith('deployment.') && change.action.endsWith('_person');
    const all: Body = {
      ...body,
      ...(isInDeployment ? { deployment: whose?.id } : {}),
      ...(change.action.startsWith('retention.') ? { rule: body['kind'] } : {}),
    };
    return new Map(
      Object.entries(tellers).flatMap(([key, tell]) => {
        const fact = key in all ? tell(all[key], change) : null;
        return fact === null ? [] : [[key, fact] as const];
      }),
    );
  }

  /** What was done, as the list of activities has it. */
  function actionOf(change: PastChange): string {
    const key = `activity.actions.${change.action}`;
    return i18n.te(key, 'en') ? t(key) : t('past.other');
  }

  /** Whom or what it is about, by the name it has now; empty when that is said already, or not known. */
  function subjectOf(change: PastChange): string {
    const body = bodyOf(change.after) ?? bodyOf(change.before);
    switch (change.subjectKind) {
      case 'project':
        return change.project === null ? change.subjectName : '';
      case 'unit':
        return change.action.startsWith('role.') && change.subjectName !== ''
          ? t('reach.unit', { unit: isolate(change.subjectName) })
          : change.subjectName;
      case 'everyone':
        return t('reach.everyone');
      case 'role':
      case 'organisation':
        return typeof body?.['name'] === 'string' ? body['name'] : '';
      case 'setting':
        return change.subjectId;
      default:
        return change.subjectName;
    }
  }

  /** Who did it. */
  const actorOf = (change: PastChange): string => change.actor.name || t('activity.system');

  return { factsOf, actionOf, subjectOf, actorOf, stage };
}
