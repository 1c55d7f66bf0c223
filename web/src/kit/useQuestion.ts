import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';

/** A question about one of several things, for a dialog: whether it is open, and which is meant. */
export interface Question<T> {
  isOpen: Ref<boolean>;
  /** Stays when the dialog closes, so that its words do not change while it fades; null before the first. */
  meant: ShallowRef<T | null>;
  ask: (about: T) => void;
}

export function useQuestion<T>(): Question<T> {
  const isOpen = ref(false);
  const meant = shallowRef<T | null>(null);

  function ask(about: T): void {
    meant.value = about;
    isOpen.value = true;
  }

  return { isOpen, meant, ask };
}
