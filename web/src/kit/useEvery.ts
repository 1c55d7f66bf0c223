import { onScopeDispose } from 'vue';

/** Does something again and again while the page is looked at, and at once when somebody comes back to it. */
export function useEvery(milliseconds: number, act: () => Promise<void>): void {
  const again = (): void => {
    if (!document.hidden) {
      void act();
    }
  };
  const timer = setInterval(again, milliseconds);
  document.addEventListener('visibilitychange', again);
  onScopeDispose(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', again);
  });
}
