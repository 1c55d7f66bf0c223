import { ref, watch, type Ref } from 'vue';

/** How a person likes a form's table; kept on this device. Column keys are paths of questions and facts such as `@at`. */
export interface TableSettings {
  /** In order; null for the usual ones. */
  columns: string[] | null;
  /** Those that stay in sight at the beginning of each row. */
  frozen: string[];
  showsNames: boolean;
  /** The language of labels; null for the form's own. */
  language: string | null;
}

export const usualSettings: TableSettings = {
  columns: null,
  frozen: ['@at'],
  showsNames: false,
  language: null,
};

const keyOf = (project: string, form: string): string => `fieldkeep.table.${project}.${form}`;

/** Reads and keeps the settings of a form's table. */
export function useTableSettings(project: () => string, form: () => string): Ref<TableSettings> {
  const settings = ref<TableSettings>(usualSettings);
  watch(
    () => keyOf(project(), form()),
    (key) => (settings.value = readSettings(localStorage.getItem(key))),
    { immediate: true },
  );
  watch(settings, (now) => {
    const key = keyOf(project(), form());
    if (JSON.stringify(now) === JSON.stringify(usualSettings)) {
      localStorage.removeItem(key);
    } else {
      localStorage.setItem(key, JSON.stringify(now));
    }
  });
  return settings;
}

/** Reads what an earlier version of this page may have written; whatever is not understood is as usual. */
export function readSettings(text: string | null): TableSettings {
  const found = parse(text);
  const texts = (value: unknown): string[] | null =>
    Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : null;
  const columns = texts(found['columns']);
  return {
    columns: columns !== null && columns.length > 0 ? columns : null,
    frozen: texts(found['frozen']) ?? usualSettings.frozen,
    showsNames: found['showsNames'] === true,
    language: typeof found['language'] === 'string' ? found['language'] : null,
  };
}

function parse(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
