import type { ExportSettings } from '../api/types';
import { beginOf, endOf } from '../kit/days';
import { formatOf, type Option } from './formats';

export const reviewStates = ['received', 'hasIssues', 'edited', 'approved', 'rejected'] as const;
export type ReviewState = (typeof reviewStates)[number];

/** What a person has chosen on the screen; becomes {@link ExportSettings} for the server. */
export interface Wanted {
  format: string;
  groupPaths: boolean;
  splitSelects: boolean;
  labels: boolean;
  labelHeadings: boolean;
  /** Null: the form's default. */
  language: string | null;
  media: boolean;
  /** Empty: their own names. */
  mediaNames: string;
  deletedFields: boolean;
  /** Null: everything. */
  columns: readonly string[] | null;
  /** Null: all. */
  geometry: string | null;
  /** Days in the reader's zone; empty: open. */
  firstDay: string;
  lastDay: string;
  reviewStates: readonly ReviewState[];
  /** Of the form; null: all. */
  version: string | null;
  /** Whether only what the table's filters show goes along. */
  isFiltered: boolean;
}

/** What an export is at first: everything, as one can read it elsewhere. */
export function usual(): Wanted {
  return {
    format: 'csv.zip',
    groupPaths: true,
    splitSelects: false,
    labels: false,
    labelHeadings: false,
    language: null,
    media: true,
    mediaNames: '',
    deletedFields: true,
    columns: null,
    geometry: null,
    firstDay: '',
    lastDay: '',
    reviewStates,
    version: null,
    isFiltered: true,
  };
}

/** Says to the server what was chosen; what the format or the form has no use for is left out. */
export function settingsOf(
  wanted: Wanted,
  options: ReadonlySet<Option>,
  from: { filter: string | null; isDraft: boolean },
): ExportSettings {
  const only = <T>(option: Option, value: T): T | undefined => (options.has(option) ? value : undefined);
  const isEveryState = reviewStates.every((state) => wanted.reviewStates.includes(state));
  const all: Record<keyof ExportSettings, unknown> = {
    format: wanted.format,
    groupPaths: only('groupPaths', wanted.groupPaths),
    splitSelects: only('splitSelects', wanted.splitSelects),
    labels: only('labels', wanted.labels),
    labelHeadings: only('labelHeadings', wanted.labelHeadings),
    language: only('language', wanted.language ?? undefined),
    media: only('media', wanted.media),
    mediaNames: only(
      'mediaNames',
      usesMedia(wanted) && wanted.mediaNames !== '' ? wanted.mediaNames : undefined,
    ),
    deletedFields: only('deletedFields', wanted.deletedFields),
    columns: only('columns', wanted.columns ?? undefined),
    geometry: only('geometry', wanted.geometry ?? undefined),
    from: beginOf(wanted.firstDay) ?? undefined,
    before: endOf(wanted.lastDay) ?? undefined,
    reviewStates: isEveryState ? undefined : wanted.reviewStates,
    submitters: undefined,
    passphrases: undefined,
    confidential: undefined,
    filter: filterOf(wanted, from.filter),
    draft: from.isDraft || undefined,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Whether attachments are in the file. */
export function usesMedia(wanted: Pick<Wanted, 'format' | 'media'>): boolean {
  return formatOf(wanted.format).tables === 'none' || wanted.media;
}

// Texts in `$filter` stand in single quotes, of which each inside is doubled.
function filterOf(wanted: Wanted, tableFilter: string | null): string | undefined {
  const parts = [
    ...(wanted.version === null ? [] : [`__system/formVersion eq '${wanted.version.replaceAll("'", "''")}'`]),
    ...(wanted.isFiltered && tableFilter !== null && tableFilter !== '' ? [tableFilter] : []),
  ];
  return parts.length === 0
    ? undefined
    : parts.length === 1
      ? parts[0]
      : parts.map((part) => `(${part})`).join(' and ');
}
