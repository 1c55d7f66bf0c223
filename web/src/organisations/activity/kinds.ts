import en from '../../locales/en.json';

/** What can be done within a project, by the first word of its action; the rest is the server's. */
const ofProject = [
  'project',
  'form',
  'submission',
  'export',
  'export_link',
  'public_link',
  'app_user',
  'deployment',
  'role',
  'row_condition',
  'key',
  'hold',
  'person',
  'retention',
  'limit',
  'recovery',
  'support',
  'break_glass',
  'activity',
];

/** Kinds of things that something is done to. */
const thingsOfProject = [
  'project',
  'form',
  'submission',
  'deployment',
  'app_user',
  'public_link',
  'account',
  'unit',
  'support_case',
  'activity',
];
const thingsOfServer = [
  'session',
  'access_token',
  'invitation',
  'role',
  'organisation',
  'installation',
  'setting',
  'text',
  'witness',
  'alert',
  'incident',
  'recipient',
];

/** Every action that there are words for, and what it belongs to. */
export function actionsOf(isProject: boolean): { group: string; action: string }[] {
  return Object.entries(en.activity.actions).flatMap(([group, verbs]) =>
    isProject && !ofProject.includes(group)
      ? []
      : Object.keys(verbs).map((verb) => ({ group, action: `${group}.${verb}` })),
  );
}

export const kindsOf = (isProject: boolean): readonly string[] =>
  isProject ? thingsOfProject : [...thingsOfProject, ...thingsOfServer];
