import type { FormColumns } from '../../api/types';
import { labelsAbove } from '../filters/filterFields';
import { factsOf, keyOfFactColumn, type FactColumn } from '../tableColumns';

/** Something that can be a column of the table. */
export interface ColumnEntry {
  key: string;
  label: string;
  name: string;
  /** The groups around it, outermost first, as one title. */
  place: string;
}

/** Entries that stand in the same place of the form. */
export interface ColumnPlace {
  title: string;
  entries: ColumnEntry[];
}

/** All that can be a column: facts first, then the questions in the form's order. */
export function columnEntries(
  form: FormColumns,
  isDeployed: boolean,
  about: string,
  factLabel: (fact: FactColumn) => string,
): ColumnEntry[] {
  const labels = new Map(form.groups.map((group) => [group.path, group.label]));
  return [
    ...factsOf(isDeployed).map((fact) => ({
      key: keyOfFactColumn(fact),
      label: factLabel(fact),
      name: '',
      place: about,
    })),
    ...form.columns.map((column) => ({
      key: column.path,
      label: column.label,
      name: column.path,
      place: labelsAbove(column.path, labels).join(' › '),
    })),
  ];
}

/** Puts entries together that follow each other in one place. */
export function columnPlaces(entries: readonly ColumnEntry[]): ColumnPlace[] {
  const places: ColumnPlace[] = [];
  for (const entry of entries) {
    const last = places.at(-1);
    if (last?.title === entry.place) {
      last.entries.push(entry);
    } else {
      places.push({ title: entry.place, entries: [entry] });
    }
  }
  return places;
}

/** Finds entries whose label, name or place holds all of the words. */
export function findEntries(entries: readonly ColumnEntry[], sought: string): readonly ColumnEntry[] {
  const words = sought.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0
    ? entries
    : entries.filter((entry) => {
        const text = `${entry.label} ${entry.name} ${entry.place}`.toLocaleLowerCase();
        return words.every((word) => text.includes(word));
      });
}

/** Adds columns where the form has them: behind the nearest one before it that is chosen. */
export function withColumns(
  chosen: readonly string[],
  added: readonly string[],
  all: readonly string[],
): string[] {
  const order = new Map(all.map((key, index) => [key, index]));
  const placeOf = (key: string): number => order.get(key) ?? Number.MAX_SAFE_INTEGER;
  const keys = [...chosen];
  for (const key of added.filter((one) => !chosen.includes(one))) {
    let after = -1;
    let nearest = -1;
    keys.forEach((other, index) => {
      const place = placeOf(other);
      if (place < placeOf(key) && place > nearest) {
        nearest = place;
        after = index;
      }
    });
    keys.splice(after + 1, 0, key);
  }
  return keys;
}

/** Moves a column to another place; out of range it goes to the nearest end. */
export function moved(chosen: readonly string[], key: string, place: number): string[] {
  const keys = chosen.filter((one) => one !== key);
  keys.splice(Math.max(0, Math.min(keys.length, place)), 0, key);
  return keys;
}
