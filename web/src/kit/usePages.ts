import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue';
import { useAct, type Act } from './useAct';
import { useLoad, type Load } from './useLoad';

/** A list that comes page by page. */
export interface Pages<Item> {
  /** The first page. */
  first: Load<Page<Item>>;
  /** What has come so far. */
  items: ComputedRef<Item[]>;
  /** Where the next page begins; null when there is none. */
  next: ShallowRef<string | null>;
  /** Fetches the next page. */
  more: Act<[]>;
}

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

/** Loads a list, again from its beginning whenever `key` changes. */
export function usePages<Item>(
  key: () => string,
  load: (before: string | null, signal?: AbortSignal) => Promise<Page<Item>>,
): Pages<Item> {
  const first = useLoad(key, (signal) => load(null, signal));
  const older = shallowRef<Item[]>([]);
  const next = shallowRef<string | null>(null);
  watch(
    first.data,
    (page) => {
      older.value = [];
      next.value = page?.next ?? null;
    },
    { immediate: true },
  );
  const more = useAct(async () => {
    const after = first.data.value;
    const page = await load(next.value);
    // What belongs to another list by now is left.
    if (first.data.value === after) {
      older.value = [...older.value, ...page.items];
      next.value = page.next;
    }
  });

  return { first, items: computed(() => [...(first.data.value?.items ?? []), ...older.value]), next, more };
}
