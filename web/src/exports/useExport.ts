import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue';
import { readExport } from '../api/exports';
import { isAbort, Problem } from '../api/problem';
import type { Export } from '../api/types';

const betweenLooksMs = 700;
const untilNextTryMs = 3_000;

export interface RunningExport {
  state: ShallowRef<Export | null>;
  problem: ShallowRef<Problem | null>;
  isRunning: ComputedRef<boolean>;
}

/** Follows an export until it is ready, failed or cancelled; `onEnd` is called once then. */
export function useExport(id: () => string | null, onEnd: () => void = () => undefined): RunningExport {
  const state = shallowRef<Export | null>(null);
  const problem = shallowRef<Problem | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | null = null;

  async function look(asked: string): Promise<void> {
    running = new AbortController();
    try {
      const seen = await readExport(asked, running.signal);
      if (id() === asked) {
        const wasRunning = state.value?.state === 'running';
        state.value = seen;
        problem.value = null;
        if (seen.state === 'running') {
          timer = setTimeout(() => void look(asked), betweenLooksMs);
        } else if (wasRunning) {
          onEnd();
        }
      }
    } catch (thrown) {
      if (!isAbort(thrown) && id() === asked) {
        problem.value = Problem.of(thrown);
        // A lost connection or a busy server passes; the export goes on without us.
        if (problem.value.status === 0 || problem.value.status >= 500) {
          timer = setTimeout(() => void look(asked), untilNextTryMs);
        }
      }
    }
  }

  function stop(): void {
    clearTimeout(timer);
    running?.abort();
  }

  watch(
    id,
    (asked) => {
      stop();
      state.value = null;
      problem.value = null;
      if (asked !== null) {
        void look(asked);
      }
    },
    { immediate: true },
  );
  onScopeDispose(stop);

  return { state, problem, isRunning: computed(() => state.value?.state === 'running') };
}
