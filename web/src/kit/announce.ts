import { readonly, ref } from 'vue';

const words = ref('');
let timer: ReturnType<typeof setTimeout> | undefined;

/** What was last said: shown at the foot of the page for a moment, and spoken by screen readers. */
export const announced = readonly(words);

/** Says that something was done. Only for good news: problems stay where they happened. */
export function announce(text: string): void {
  words.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => (words.value = ''), 5_000);
}
