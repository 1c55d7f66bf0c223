import { ref, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { announce } from './announce';

const shownForMs = 2_500;

/** Copies a text to the clipboard and says so; where the browser forbids it, that stays to be said. */
export function useCopy(text: () => string): {
  isCopied: Ref<boolean>;
  cannotCopy: Ref<boolean>;
  copy: () => Promise<void>;
} {
  const { t } = useI18n();
  const isCopied = ref(false);
  const cannotCopy = ref(false);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text());
      isCopied.value = true;
      announce(t('kit.copied'));
      setTimeout(() => (isCopied.value = false), shownForMs);
    } catch {
      cannotCopy.value = true;
    }
  }

  return { isCopied, cannotCopy, copy };
}
