import { ref, type Ref } from 'vue';
import { Problem } from '../api/problem';

/** What was ordered and is noted with the keys, though the database went away before it was done. */
export interface Noted {
  /** Whether the last order is only noted: it will be done, and ordering it again would be wrong. */
  isNoted: Ref<boolean>;
  /** Orders something; the promise tells whether it is done, or noted only. What else goes wrong is thrown. */
  order: (act: () => Promise<unknown>) => Promise<boolean>;
}

export function useNoted(): Noted {
  const isNoted = ref(false);

  async function order(act: () => Promise<unknown>): Promise<boolean> {
    isNoted.value = false;
    try {
      await act();
      return true;
    } catch (thrown) {
      if (!(thrown instanceof Problem && thrown.code === 'lifecycle.ordered')) {
        throw thrown;
      }
      isNoted.value = true;
      return false;
    }
  }

  return { isNoted, order };
}
