import { ask, keepCsrf, path, tell } from './client';
import type { CreatedToken, OwnSession, Provider, Session, SignInChallenge, Token } from './types';

const account = (...parts: (string | number)[]): string => path('account', ...parts);

export async function listSessions(signal?: AbortSignal): Promise<readonly OwnSession[]> {
  return (await ask<{ items: readonly OwnSession[] }>(account('sessions'), { signal })).items;
}

export function endSession(id: number): Promise<void> {
  return tell(account('sessions', id), { method: 'DELETE' });
}

export function endOtherSessions(): Promise<void> {
  return tell(account('sessions'), { method: 'DELETE' });
}

/** Chooses the language of letters. */
export function setLetterLanguage(language: string): Promise<void> {
  return tell(account('language'), { method: 'PUT', json: { language } });
}

export async function listTokens(signal?: AbortSignal): Promise<readonly Token[]> {
  return (await ask<{ items: readonly Token[] }>(account('tokens'), { signal })).items;
}

/** What a token is to be. */
export interface WantedToken {
  name: string;
  scopes: readonly string[];
  projects: readonly number[] | null;
  networks: readonly string[];
  days: number;
}

export function createToken(wanted: WantedToken): Promise<CreatedToken> {
  return ask<CreatedToken>(account('tokens'), { method: 'POST', json: wanted });
}

export function createAppPassword(name: string, project: number, days: number): Promise<CreatedToken> {
  return ask<CreatedToken>(account('app-passwords'), { method: 'POST', json: { name, project, days } });
}

export function revokeToken(id: number): Promise<void> {
  return tell(account('tokens', id), { method: 'DELETE' });
}

export function askPasswordReset(email: string): Promise<void> {
  return tell(path('password-resets'), { method: 'POST', json: { email } });
}

export function completePasswordReset(token: string, password: string): Promise<void> {
  return tell(path('password-resets', 'completion'), { method: 'POST', json: { token, password } });
}

/** The name of another provider to sign in with; null when there is none. */
export async function readProvider(signal?: AbortSignal): Promise<string | null> {
  return (await ask<Provider>(path('session', 'external'), { signal })).name ?? null;
}

/** Where the browser goes to sign in with the provider: a page of the server's, not of ours. */
export const providerAddress = path('session', 'external', 'begin');

/** Finishes the sign-in that came back; at the first time with the account's password. */
export async function completeExternalSignIn(password: string | null): Promise<Session | SignInChallenge> {
  const answer = await ask<Session | SignInChallenge>(path('session', 'external', 'completion'), {
    method: 'POST',
    json: { password },
  });
  if ('csrf' in answer) {
    keepCsrf(answer.csrf);
  }
  return answer;
}
