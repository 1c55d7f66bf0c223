import type { ExportContents } from '../api/types';

/** What can be chosen about the content of a file, beside which submissions are in it. */
export type Option =
  | 'columns'
  | 'deletedFields'
  | 'geometry'
  | 'groupPaths'
  | 'labelHeadings'
  | 'labels'
  | 'language'
  | 'media'
  | 'mediaNames'
  | 'splitSelects';

export interface Format {
  /** As the server calls it. */
  name: string;
  /** How many tables a file of it can hold: all, only that of the submissions, or none. */
  tables: 'all' | 'first' | 'none';
  options: readonly Option[];
}

const shape = ['deletedFields', 'columns', 'splitSelects', 'language'] as const;
const table = [...shape, 'labels', 'groupPaths', 'labelHeadings'] as const;

/** The formats, those for most people first. What each is for is told by `exports.formats.NAME`. */
export const formats: readonly Format[] = [
  { name: 'csv.zip', tables: 'all', options: [...table, 'media', 'mediaNames'] },
  { name: 'xlsx', tables: 'all', options: table },
  { name: 'csv', tables: 'first', options: table },
  { name: 'sav.zip', tables: 'all', options: [...shape, 'groupPaths'] },
  { name: 'json', tables: 'all', options: [...shape, 'labels'] },
  { name: 'ndjson', tables: 'all', options: [...shape, 'labels'] },
  { name: 'geojson', tables: 'all', options: [...table, 'geometry'] },
  { name: 'kml', tables: 'all', options: [...table, 'geometry'] },
  { name: 'media.zip', tables: 'none', options: ['mediaNames'] },
];

/** The format of a name, else the first. */
export function formatOf(name: string | null | undefined): Format {
  const found = formats.find((format) => format.name === name) ?? formats[0];
  if (found === undefined) {
    throw new Error('There is no format.');
  }
  return found;
}

/** What of a form decides which options mean anything. */
export interface FormTraits {
  hasRepeats: boolean;
  hasGroups: boolean;
  hasChoices: boolean;
  hasMultiple: boolean;
  hasFiles: boolean;
  hasEarlier: boolean;
  languages: readonly string[];
  /** Questions for a point, a line or an area. */
  geometries: readonly { path: string; label: string }[];
}

const selects: readonly string[] = ['selectOne', 'selectMultiple', 'rank'];
const places: readonly string[] = ['geopoint', 'geotrace', 'geoshape'];

/** Reads from what a form can give what its exports can be asked. */
export function traitsOf(contents: ExportContents): FormTraits {
  const columns = contents.tables.flatMap((one) =>
    one.columns.map((column) => ({ ...column, table: one.path })),
  );
  return {
    hasRepeats: contents.tables.length > 1,
    hasGroups: columns.some((column) => column.path.slice(column.table.length + 1).includes('/')),
    hasChoices: columns.some((column) => selects.includes(column.type)),
    hasMultiple: columns.some((column) => column.type === 'selectMultiple'),
    hasFiles: columns.some((column) => column.type === 'binary'),
    hasEarlier: columns.some((column) => column.isEarlier),
    languages: contents.languages,
    geometries: columns.filter((column) => places.includes(column.type)),
  };
}

/** Whether a form has anything to put into files of a format. */
export function isPossible(format: Format, traits: FormTraits): boolean {
  if (format.options.includes('geometry')) {
    return traits.geometries.length > 0;
  }
  return format.tables !== 'none' || traits.hasFiles;
}

/** The options that a format has and that would change a file of this form. */
export function optionsOf(format: Format, traits: FormTraits): ReadonlySet<Option> {
  const means: Record<Option, boolean> = {
    columns: true,
    deletedFields: traits.hasEarlier,
    geometry: traits.geometries.length > 1,
    groupPaths: traits.hasGroups,
    labelHeadings: true,
    labels: traits.hasChoices,
    language: traits.languages.length > 1,
    media: traits.hasFiles,
    mediaNames: traits.hasFiles,
    splitSelects: traits.hasMultiple,
  };
  return new Set(format.options.filter((option) => means[option]));
}

/** What texts call a format: names of texts hold no dots. */
export function keyOf(format: Format): string {
  return format.name.replace('.', '');
}
