import { onBeforeUnmount, onMounted, readonly, ref, type DeepReadonly, type Ref } from 'vue';

const remembered = 'fieldkeep.shortcuts';
const isOn = ref(localStorage.getItem(remembered) !== 'off');

/** Whether single letters do something; people who speak to their computer, or rest on a key, turn that off. */
export interface Shortcuts {
  isOn: DeepReadonly<Ref<boolean>>;
  turn: (on: boolean) => void;
}

/**
 * Does things by single letters while a page is open, unless someone is typing or a dialog is open. With Alt they work
 * even when single letters are turned off.
 */
export function useShortcuts(acts: () => Readonly<Record<string, () => void>>): Shortcuts {
  function pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.defaultPrevented || isBusy(event.target)) {
      return;
    }
    // With Alt a letter may be another one: the key's place tells which was meant.
    const letter = event.altKey ? event.code.replace('Key', '') : event.key;
    const act = isOn.value || event.altKey ? acts()[letter.toLowerCase()] : undefined;
    if (act !== undefined) {
      event.preventDefault();
      act();
    }
  }

  onMounted(() => document.addEventListener('keydown', pressed));
  onBeforeUnmount(() => document.removeEventListener('keydown', pressed));

  return { isOn: readonly(isOn), turn };
}

function turn(on: boolean): void {
  isOn.value = on;
  localStorage.setItem(remembered, on ? 'on' : 'off');
}

function isBusy(target: EventTarget | null): boolean {
  const isTyping =
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest('input, textarea, select') !== null);
  return isTyping || document.querySelector('[role="dialog"], [role="menu"]') !== null;
}
