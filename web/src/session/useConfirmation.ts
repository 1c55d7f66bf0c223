import { computed, shallowRef, type ComputedRef } from 'vue';
import { whenConfirmationIsNeeded } from '../api/client';

/** Somebody waits for the person's confirmation; several at once share one question. */
interface Question {
  answer: (isConfirmed: boolean) => void;
  answered: Promise<boolean>;
}

const question = shallowRef<Question | null>(null);

function ask(): Promise<boolean> {
  if (question.value !== null) {
    return question.value.answered;
  }
  let answer: (isConfirmed: boolean) => void = () => undefined;
  const answered = new Promise<boolean>((resolve) => {
    answer = resolve;
  });
  question.value = { answer, answered };
  return answered;
}

whenConfirmationIsNeeded(ask);

/** The question whether it is still the same person; one for the whole page. */
export function useConfirmation(): {
  isAsking: ComputedRef<boolean>;
  answer: (isConfirmed: boolean) => void;
} {
  function answer(isConfirmed: boolean): void {
    question.value?.answer(isConfirmed);
    question.value = null;
  }

  return { isAsking: computed(() => question.value !== null), answer };
}
