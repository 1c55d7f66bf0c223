import type { Column, Deployment, FormColumns } from '../../api/types';
import type { FieldKind, FilterField } from './conditions';
import { notReviewed } from './filterText';

/** What the words of the facts are, in the reader's language. */
export interface FactWords {
  about: string;
  label: (fact: Fact) => string;
  review: (state: string) => string;
  state: (state: string) => string;
}

/** What is known about a submission besides its answers. */
export const facts = [
  'submissionDate',
  'submitterId',
  'state',
  'stageId',
  'deploymentId',
  'reviewState',
  'edits',
  'hasMissingFiles',
  'formVersion',
  'updatedAt',
  'deviceId',
  'instanceId',
] as const;
export type Fact = (typeof facts)[number];

export const reviewStates = [notReviewed, 'hasIssues', 'edited', 'approved', 'rejected'] as const;

/** Where submissions of deployments can stand. */
export const standings = ['pending', 'rejected', 'final', 'draft'] as const;
/** What only forms with deployments know. */
const deployedFacts: readonly Fact[] = ['state', 'stageId', 'deploymentId'];

const kindOfFact: Record<Fact, FieldKind> = {
  submissionDate: 'instant',
  submitterId: 'oneChoice',
  state: 'oneChoice',
  stageId: 'oneChoice',
  deploymentId: 'oneChoice',
  reviewState: 'oneChoice',
  edits: 'truth',
  hasMissingFiles: 'truth',
  formVersion: 'oneChoice',
  updatedAt: 'instant',
  deviceId: 'text',
  instanceId: 'text',
};
const maybeNothing: readonly Fact[] = ['updatedAt', 'deviceId', 'deploymentId'];

/** The server's name of a fact. */
export const keyOfFact = (fact: Fact): string => `__system/${fact}`;

/** The facts as fields. */
export function factFields(
  words: FactWords,
  people: readonly { id: number; name: string }[],
  versions: readonly string[],
  deployments: readonly Deployment[],
): FilterField[] {
  const choices: Partial<Record<Fact, FilterField['choices']>> = {
    submitterId: people.map((person) => ({ name: String(person.id), label: person.name })),
    state: standings.map((state) => ({ name: state, label: words.state(state) })),
    stageId: deployments.flatMap((deployment) =>
      deployment.stages.map((stage) => ({
        name: String(stage.id),
        label: deployments.length > 1 ? `${deployment.name} · ${stage.name}` : stage.name,
      })),
    ),
    deploymentId: deployments.map((deployment) => ({ name: String(deployment.id), label: deployment.name })),
    reviewState: reviewStates.map((state) => ({ name: state, label: words.review(state) })),
    formVersion: versions.map((version) => ({ name: version, label: version })),
  };
  const known = facts.filter((fact) => deployments.length > 0 || !deployedFacts.includes(fact));
  return known.map((fact) => ({
    key: keyOfFact(fact),
    kind: kindOfFact[fact],
    label: words.label(fact),
    name: fact,
    within: [words.about],
    repeat: null,
    choices: choices[fact] ?? null,
    canBeEmpty: maybeNothing.includes(fact),
  }));
}

const kindOfType: Partial<Record<string, FieldKind>> = {
  int: 'number',
  decimal: 'number',
  boolean: 'truth',
  date: 'date',
  time: 'time',
  dateTime: 'instant',
  geopoint: 'place',
  geotrace: 'place',
  geoshape: 'place',
  binary: 'file',
};

function kindOf(column: Column): FieldKind {
  if (column.choices !== null && column.choices.length > 0) {
    return column.type === 'selectMultiple' || column.type === 'rank' ? 'manyChoices' : 'oneChoice';
  }
  return kindOfType[column.type] ?? 'text';
}

/** The questions and repeats of a form as fields, in the form's order as far as the server tells it. */
export function questionFields(form: FormColumns): FilterField[] {
  const labels = new Map([
    ...form.groups.map((group) => [group.path, group.label] as const),
    ...form.repeats.map((repeat) => [repeat.path, repeat.label] as const),
  ]);
  const fieldOf = (column: Column, repeat: string | null): FilterField => ({
    key: column.path,
    kind: kindOf(column),
    label: column.label,
    name: column.name,
    within: labelsAbove(column.path, labels),
    repeat,
    choices: column.choices === null || column.choices.length === 0 ? null : column.choices,
    canBeEmpty: true,
  });
  return [
    ...form.columns.map((column) => fieldOf(column, null)),
    ...form.repeats.flatMap((repeat) => [
      {
        key: repeat.path,
        kind: 'repeat' as const,
        label: repeat.label,
        name: repeat.name,
        within: labelsAbove(repeat.path, labels),
        repeat: null,
        choices: null,
        canBeEmpty: true,
      },
      ...repeat.columns.map((column) => fieldOf(column, repeat.path)),
    ]),
  ];
}

/** The labels of the groups and repeats above a path, outermost first. */
export function labelsAbove(path: string, labels: ReadonlyMap<string, string>): string[] {
  const steps = path.split('/');
  return steps.flatMap((_, index) => labels.get(steps.slice(0, index).join('/')) ?? []);
}

/** Finds the fields whose label, name or place holds all of the words. */
export function findFields(fields: readonly FilterField[], sought: string): readonly FilterField[] {
  const words = sought.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0
    ? fields
    : fields.filter((field) => {
        const text = [field.label, field.key, ...field.within].join(' ').toLocaleLowerCase();
        return words.every((word) => text.includes(word));
      });
}
