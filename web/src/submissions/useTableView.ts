import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router';
import { listDeployments } from '../api/deployments';
import { readForm } from '../api/forms';
import { findKept, keep } from '../api/kept';
import { readColumns, readSubmitters } from '../api/submissions';
import type { Deployment, FormColumns, RowOrder } from '../api/types';
import { useLoad, type Load } from '../kit/useLoad';
import { useQueryChange } from '../kit/useQueryChange';
import { sortOut, type Condition, type FilterField } from './filters/conditions';
import { factFields, questionFields } from './filters/filterFields';
import { hasFilters, readFragment } from './filters/filterLink';
import { filterText } from './filters/filterText';
import { shownKeys } from './tableColumns';
import type { RowsQuery } from './useSubmissionRows';
import { useTableSettings, type TableSettings } from './useTableSettings';

export const rowOrders = ['newest', 'oldest', 'updated', 'submitter', 'reviewState'] as const;

/** A form's table as its address and this device say it should be. */
export interface TableView {
  columns: Load<FormColumns>;
  settings: Ref<TableSettings>;
  /** The deployments of the form that the person knows of; none for most forms. */
  deployments: ComputedRef<readonly Deployment[]>;
  fields: ComputedRef<ReadonlyMap<string, FilterField>>;
  conditions: ComputedRef<readonly Condition[]>;
  /** Filters that were wanted and cannot be used, in the link's words. */
  unusable: ComputedRef<readonly string[]>;
  /** Whether the address names filters that this tab does not have. */
  isLost: ComputedRef<boolean>;
  order: ComputedRef<RowOrder>;
  isDraft: ComputedRef<boolean>;
  /** Null until it is known what can be asked. */
  query: ComputedRef<RowsQuery | null>;
  setConditions: (conditions: readonly Condition[]) => Promise<void>;
  /** Changes the address in place. */
  setQuery: (change: LocationQueryRaw) => Promise<void>;
}

const inWords = (condition: Condition): string =>
  [condition.field, condition.operator, ...condition.values].join(' ');

/**
 * Reads filters, order and place from the page's address. The address holds an id for the filters, not the filters: these
 * are kept in the tab (decision 0021). A link that carries them in its fragment is taken over and cleaned at once. Where no
 * filter is shown, the names of those who sent (`needsNames`) need not be asked for.
 */
export function useTableView(project: () => string, form: () => string, needsNames = true): TableView {
  const { t } = useI18n();
  const route = useRoute();
  const router = useRouter();
  const setQuery = useQueryChange();
  const settings = useTableSettings(project, form);
  const strange = shallowRef<readonly string[]>([]);

  const one = (name: string): string | null => {
    const value = route.query[name];
    return typeof value === 'string' ? value : null;
  };
  const isDraft = computed(() => one('draft') === 'true');
  const order = computed(() => rowOrders.find((name) => name === one('order')) ?? 'newest');
  const base = (): string => `project ${project()} form ${form()}`;

  const columns = useLoad(
    () => `${base()} columns ${settings.value.language ?? ''} ${isDraft.value}`,
    (signal) => readColumns(project(), form(), settings.value.language, isDraft.value, signal),
  );
  const people = useLoad(
    () => `${base()} submitters ${isDraft.value} ${needsNames}`,
    async (signal) => (needsNames ? readSubmitters(project(), form(), isDraft.value, signal) : []),
  );
  const known = useLoad(
    () => `${base()} deployments`,
    (signal) => listDeployments(project(), form(), signal),
  );
  // Who may not know of any sees a table as it was without.
  const deployments = computed(() => (isDraft.value ? [] : (known.data.value ?? [])));
  const isDeployed = computed(() => deployments.value.length > 0);
  const isKnown = computed(() => known.data.value !== undefined || known.problem.value !== null);
  const about = useLoad(base, (signal) => readForm(project(), form(), signal));

  const fields = computed<ReadonlyMap<string, FilterField>>(() => {
    const words = {
      about: t('filters.about'),
      label: (fact: string) => t(`filters.facts.${fact}`),
      review: (state: string) => t(`submissions.reviews.${state}`),
      state: (state: string) => t(`deployments.states.${state}`),
    };
    const versions = about.data.value?.versions.map((version) => version.version) ?? [];
    const known = [
      ...factFields(words, people.data.value ?? [], versions, deployments.value),
      ...(columns.data.value === undefined ? [] : questionFields(columns.data.value)),
    ];
    return new Map(known.map((field) => [field.key, field]));
  });

  const viewId = computed(() => one('view'));
  const kept = computed(() => (viewId.value === null ? [] : findKept<Condition[]>(viewId.value)));
  const isTaken = ref(!hasFilters(route.hash));
  const sorted = computed(() => sortOut(kept.value ?? [], fields.value));
  const conditions = computed(() =>
    columns.data.value === undefined || !isKnown.value ? [] : sorted.value.usable,
  );
  const query = computed<RowsQuery | null>(() => {
    const form = columns.data.value;
    return form === undefined || !isTaken.value || !isKnown.value
      ? null
      : {
          filter: filterText(conditions.value, fields.value, new Date()),
          order: order.value,
          columns: shownKeys(form.columns, settings.value, isDeployed.value).filter((key) =>
            key.startsWith('/'),
          ),
          isDraft: isDraft.value,
        };
  });

  async function setConditions(wanted: readonly Condition[]): Promise<void> {
    strange.value = [];
    const view = wanted.length === 0 ? undefined : keep(wanted);
    await setQuery({ view, row: undefined }, true);
  }

  watch(
    () => columns.data.value !== undefined && isKnown.value && !isTaken.value,
    async (canTake) => {
      if (canTake) {
        const { conditions: read, unreadable } = readFragment(route.hash);
        const { usable, unusable } = sortOut(read, fields.value);
        strange.value = [...unreadable, ...unusable.map(inWords)];
        const view = usable.length === 0 ? undefined : keep(usable);
        await router.replace({ query: { ...route.query, view }, hash: '' });
        isTaken.value = true;
      }
    },
    { immediate: true },
  );

  return {
    columns,
    settings,
    deployments,
    fields,
    conditions,
    // A form can change between two looks at the same address.
    unusable: computed(() =>
      columns.data.value === undefined || !isKnown.value
        ? []
        : [...strange.value, ...sorted.value.unusable.map(inWords)],
    ),
    isLost: computed(() => kept.value === null),
    order,
    isDraft,
    query,
    setConditions,
    setQuery,
  };
}
