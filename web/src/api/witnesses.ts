import { ask, path, tell } from './client';
import type { AddedWitness, Witness, WitnessList } from './types';

export const witnessKinds = ['mail', 'webhook'] as const;
export type WitnessKind = (typeof witnessKinds)[number];

/** How often each kind is sent a checkpoint. */
export const witnessPaces = {
  mail: ['day', 'week'],
  webhook: ['hour', 'day', 'week'],
} as const;
export type WitnessPace = (typeof witnessPaces)[WitnessKind][number];

/** Who is sent signed checkpoints of the ledger, and how that goes. */
export function listWitnesses(signal?: AbortSignal): Promise<WitnessList> {
  return ask<WitnessList>(path('ledger', 'witnesses'), { signal });
}

/** Puts an address on the list; the first checkpoint goes to it within seconds. */
export function addWitness(kind: WitnessKind, address: string, every: WitnessPace): Promise<AddedWitness> {
  return ask<AddedWitness>(path('ledger', 'witnesses'), { method: 'POST', json: { kind, address, every } });
}

export function removeWitness(witness: number): Promise<void> {
  return tell(path('ledger', 'witnesses', witness), { method: 'DELETE' });
}

/** Sends the newest checkpoint now; gives the witness as it stands after the try. */
export function sendToWitness(witness: number): Promise<Witness> {
  return ask<Witness>(path('ledger', 'witnesses', witness, 'sending'), { method: 'POST', json: {} });
}
