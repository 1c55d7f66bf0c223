import { computed, shallowRef, watch, type ComputedRef } from 'vue';
import { useAct, type Act } from './useAct';
import { useLoad, type Load } from './useLoad';

/** A list that comes page by page. */
export interface Pages<Item, Cursor extends string | number = string, One = Page<Item, Cursor>> {
  /** The first page. */
  first: Load<One>;
  /** What has come so far. */
  items: ComputedRef<Item[]>;
  /** Where the next page begins; null when there is none. */
  next: ComputedRef<Cursor | null>;
  /** Fetches the next page. */
  more: Act<[]>;
}

export interface Page<Item, Cursor extends string | number = string> {
  items: Item[];
  next: Cursor | null;
}

/** Loads a list, again from its beginning whenever `key` changes. A page that says more than its items is named as `One`. */
export function usePages<
  Item,
  Cursor extends string | number = string,
  One extends Page<Item, Cursor> = Page<Item, Cursor>,
>(
  key: () => string,
  load: (before: Cursor | null, signal?: AbortSignal) => Promise<One>,
): Pages<Item, Cursor, One> {
  const first = useLoad(key, (signal) => load(null, signal));
  const older = shallowRef<One[]>([]);
  watch(first.data, () => (older.value = []));
  const pages = computed(() => [
    ...(first.data.value === undefined ? [] : [first.data.value]),
    ...older.value,
  ]);
  const next = computed(() => pages.value.at(-1)?.next ?? null);
  const more = useAct(async () => {
    const after = first.data.value;
    const page = await load(next.value);
    // What belongs to another list by now is left.
    if (first.data.value === after) {
      older.value = [...older.value, page];
    }
  });

  return { first, items: computed(() => pages.value.flatMap((page) => page.items)), next, more };
}
