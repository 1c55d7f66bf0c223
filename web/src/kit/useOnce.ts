import { shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { useAct, type Act } from './useAct';

/** Something with a secret that is made in a dialog and shown there once. */
export interface Once<T> extends Act<[]> {
  /** Null until it is made, and again when the dialog was closed. */
  made: ShallowRef<T | null>;
}

/** `make` gives null where there is nothing to show; `clear` empties the fields whenever the dialog opens or closes. */
export function useOnce<T>(isOpen: Ref<boolean>, make: () => Promise<T | null>, clear: () => void): Once<T> {
  const made = shallowRef<T | null>(null);
  const act = useAct(async () => {
    made.value = await make();
  });
  watch(isOpen, () => {
    made.value = null;
    clear();
  });
  return { made, ...act };
}
