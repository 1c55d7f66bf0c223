import { ask, keepCsrf, path, tell } from './client';
import { forget } from './cache';
import type {
  PasskeyAnswer,
  PasskeyQuestion,
  Session,
  SetupAnswers,
  SetupResult,
  SetupState,
  SignInChallenge,
} from './types';

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

/** Signs in, or gives the challenge to answer with a second factor. */
export async function signIn(
  email: string,
  password: string,
  sharedComputer: boolean,
): Promise<Session | SignInChallenge> {
  const answer = await ask<Session | SignInChallenge>(path('session'), {
    method: 'POST',
    json: { email, password, sharedComputer },
  });
  return 'ticket' in answer ? answer : kept(answer);
}

/** What answers a sign-in's challenge. */
export type SecondFactor = { totp: string } | { recoveryCode: string } | { passkey: PasskeyAnswer };

export async function completeSignIn(ticket: string, factor: SecondFactor): Promise<Session> {
  return kept(await ask<Session>(path('session', 'factor'), { method: 'POST', json: { ticket, ...factor } }));
}

/** Asks for a passkey: as the second step of a ticket's sign-in, or, without one, to sign in with it alone. */
export function askPasskey(ticket: string | null): Promise<PasskeyQuestion> {
  return ask<PasskeyQuestion>(path('session', 'passkey-question'), { method: 'POST', json: { ticket } });
}

export async function signInWithPasskey(passkey: PasskeyAnswer, sharedComputer: boolean): Promise<Session> {
  return kept(
    await ask<Session>(path('session', 'passkey'), { method: 'POST', json: { passkey, sharedComputer } }),
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
