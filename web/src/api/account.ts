import { ask, path, tell } from './client';
import type {
  Confirmation,
  Factors,
  NewPasskey,
  NewTotp,
  PasskeyAnswer,
  PasskeyQuestion,
  RecoveryCodes,
} from './types';

const factors = (...parts: (string | number)[]): string => path('account', 'factors', ...parts);

export function readFactors(signal?: AbortSignal): Promise<Factors> {
  return ask<Factors>(factors(), { signal });
}

/** Asks for the secret of a new authenticator app; it counts only once it is activated. */
export function beginTotp(): Promise<NewTotp> {
  return ask<NewTotp>(factors('totp'), { method: 'POST', json: {} });
}

export function activateTotp(code: string): Promise<RecoveryCodes> {
  return ask<RecoveryCodes>(factors('totp', 'activation'), { method: 'POST', json: { code } });
}

export function removeTotp(): Promise<void> {
  return tell(factors('totp'), { method: 'DELETE' });
}

export function renewRecoveryCodes(): Promise<RecoveryCodes> {
  return ask<RecoveryCodes>(factors('recovery-codes'), { method: 'POST', json: {} });
}

export function askNewPasskey(): Promise<PasskeyQuestion> {
  return ask<PasskeyQuestion>(factors('passkeys', 'question'), { method: 'POST', json: {} });
}

export function addPasskey(name: string, passkey: PasskeyAnswer): Promise<NewPasskey> {
  return ask<NewPasskey>(factors('passkeys'), { method: 'POST', json: { name, passkey } });
}

export function renamePasskey(id: number, name: string): Promise<void> {
  return tell(factors('passkeys', id), { method: 'PATCH', json: { name } });
}

export function removePasskey(id: number): Promise<void> {
  return tell(factors('passkeys', id), { method: 'DELETE' });
}

/** Stops the reset of one's factors that an administrator asked for. */
export function cancelOwnReset(): Promise<void> {
  return tell(factors('reset'), { method: 'DELETE' });
}

export function cancelResetByLink(token: string): Promise<void> {
  return tell(path('factor-resets', 'cancellation'), { method: 'POST', json: { token } });
}

export function replaceOwnPassword(old: string, next: string): Promise<void> {
  return tell(path('account', 'password'), { method: 'PUT', json: { old, new: next } });
}

export function askPasskeyToConfirm(): Promise<PasskeyQuestion> {
  return ask<PasskeyQuestion>(path('session', 'confirmation-question'), { method: 'POST', json: {} });
}

/** What shows that it is still the same person. */
export type Proof = { password: string; totp?: string; recoveryCode?: string } | { passkey: PasskeyAnswer };

export function confirmSession(proof: Proof): Promise<Confirmation> {
  return ask<Confirmation>(path('session', 'confirmation'), { method: 'POST', json: proof });
}
