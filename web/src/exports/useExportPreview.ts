import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { previewExport } from '../api/exports';
import { isAbort, Problem } from '../api/problem';
import type { ExportPreview, ExportSettings } from '../api/types';

const untilStillMs = 350;

export interface Preview {
  /** The last answer, also while the next is on its way. */
  preview: ShallowRef<ExportPreview | null>;
  problem: ShallowRef<Problem | null>;
  isLooking: Ref<boolean>;
}

/** Asks what an export would hold, each time its settings have stood still for a moment. */
export function useExportPreview(
  project: () => string,
  form: () => string,
  settings: () => ExportSettings | null,
): Preview {
  const preview = shallowRef<ExportPreview | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const isLooking = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | null = null;

  async function look(wanted: ExportSettings): Promise<void> {
    const controller = new AbortController();
    running = controller;
    try {
      preview.value = await previewExport(project(), form(), wanted, controller.signal);
      problem.value = null;
      isLooking.value = false;
    } catch (thrown) {
      if (!isAbort(thrown)) {
        problem.value = Problem.of(thrown);
        isLooking.value = false;
      }
    }
  }

  function stop(): void {
    clearTimeout(timer);
    running?.abort();
  }

  watch(
    () => JSON.stringify([project(), form(), settings()]),
    () => {
      stop();
      const wanted = settings();
      isLooking.value = wanted !== null;
      if (wanted !== null) {
        timer = setTimeout(() => void look(wanted), preview.value === null ? 0 : untilStillMs);
      }
    },
    { immediate: true },
  );
  onScopeDispose(stop);

  return { preview, problem, isLooking };
}
