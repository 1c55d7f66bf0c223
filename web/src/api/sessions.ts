import { ask, keepCsrf, path, tell } from './client';
import { forget } from './cache';
import type { Session, SetupAnswers, SetupResult, SetupState } from './types';

export function readSetup(signal?: AbortSignal): Promise<SetupState> {
  return ask<SetupState>(path('setup'), { signal });
}

export async function setUp(answers: SetupAnswers): Promise<SetupResult> {
  const result = await ask<SetupResult>(path('setup'), { method: 'POST', json: answers });
  keepCsrf(result.session.csrf);
  return result;
}

/** Tells the server that a person has put the recovery key away. */
export function confirmRecoveryKeyStored(): Promise<void> {
  return tell(path('setup', 'recovery-key-stored'), { method: 'POST' });
}

export async function readSession(): Promise<Session> {
  return kept(await ask<Session>(path('session')));
}

export async function signIn(email: string, password: string, sharedComputer: boolean): Promise<Session> {
  return kept(
    await ask<Session>(path('session'), { method: 'POST', json: { email, password, sharedComputer } }),
  );
}

export async function signOut(): Promise<void> {
  await tell(path('session'), { method: 'DELETE' });
  forget();
  keepCsrf('');
}

function kept(session: Session): Session {
  keepCsrf(session.csrf);
  return session;
}
