/** Knows whether the server can be reached, and keeps trying when it cannot. */

type Listener = (isLost: boolean) => void;

const listeners = new Set<Listener>();
const firstRetryMs = 2_000;
const longestRetryMs = 30_000;

let isLost = false;
let retryMs = firstRetryMs;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Calls back at once and at every change; returns the way to stop. */
export function watchConnection(listener: Listener): () => void {
  listeners.add(listener);
  listener(isLost);
  return () => listeners.delete(listener);
}

/** Says that a request got no answer at all; asks the server until one comes. */
export function reportLost(): void {
  if (!isLost) {
    isLost = true;
    retryMs = firstRetryMs;
    tell();
    schedule();
  }
}

/** Says that an answer came. */
export function reportReached(): void {
  if (isLost) {
    isLost = false;
    clearTimeout(timer);
    tell();
  }
}

/** Asks the server now; the promise tells whether it answered. */
export async function tryConnection(): Promise<boolean> {
  clearTimeout(timer);
  try {
    await fetch('/health/live', { cache: 'no-store' });
    reportReached();
    return true;
  } catch {
    retryMs = Math.min(retryMs * 2, longestRetryMs);
    schedule();
    return false;
  }
}

function schedule(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void tryConnection(), retryMs);
}

function tell(): void {
  for (const listener of listeners) {
    listener(isLost);
  }
}
