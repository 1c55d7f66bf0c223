import type { Removal } from '../api/types';

/** How a removal stands. */
export const removalStates = ['asked', 'waiting', 'burying', 'cancelled', 'done'] as const;
export type RemovalState = (typeof removalStates)[number];

/** What the server calls a state; what this page does not know yet is told as one that goes on. */
export const stateOf = (one: Removal): RemovalState =>
  removalStates.find((state) => state === one.state) ?? 'burying';

/** Whether something is still to happen. */
export const isOpen = (one: Removal): boolean => ['asked', 'waiting', 'burying'].includes(stateOf(one));

/** What somebody may do about a removal: nobody decides about themselves, nor agrees with themselves. */
export function actsOf(one: Removal, me: number): ('agree' | 'stop' | 'giveBack')[] {
  if (one.account === me) {
    return [];
  }
  switch (stateOf(one)) {
    case 'asked':
      return one.askedBy === me ? ['stop'] : ['stop', 'agree'];
    case 'waiting':
      return ['giveBack'];
    default:
      return [];
  }
}
