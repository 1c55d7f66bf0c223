import { computed, readonly, ref, shallowRef } from 'vue';
import { whenFactorIsNeeded, whenSessionIsLost } from '../api/client';
import { forget } from '../api/cache';
import { usePasskey } from '../api/passkeys';
import { Problem } from '../api/problem';
import { completeExternalSignIn } from '../api/access';
import * as sessions from '../api/sessions';
import type { Session, SetupAnswers, SignInChallenge } from '../api/types';

/** `unknown` until the server has been asked. */
export type SessionState = 'unknown' | 'setup' | 'out' | 'in';

const state = ref<SessionState>('unknown');
const session = shallowRef<Session | null>(null);
const startProblem = shallowRef<Problem | null>(null);
const isSetupCodeNeeded = ref(false);
/** The recovery key between being made and being put away; never stored. */
const recoveryKey = ref<string | null>(null);

let onLost: () => void = () => undefined;
let onMustEnrol: () => void = () => undefined;

/** Who is signed in, and the ways in and out. One for the whole page. */
export function useSession() {
  return {
    state: readonly(state),
    session: computed(() => session.value),
    startProblem: computed(() => startProblem.value),
    isSetupCodeNeeded: readonly(isSetupCodeNeeded),
    recoveryKey: readonly(recoveryKey),
    start,
    setUp,
    confirmRecoveryKeyStored,
    signIn,
    completeSignIn,
    signInWithPasskey,
    signInFromProvider,
    refresh,
    signOut,
  };
}

/** Sets what happens when the server ends the session while a page is open. */
export function whenSignedOut(callback: () => void): void {
  onLost = callback;
}

/** Sets what happens when the server wants a second factor before anything else. */
export function whenEnrolmentIsDue(callback: () => void): void {
  onMustEnrol = callback;
}

async function start(): Promise<void> {
  startProblem.value = null;
  try {
    enter(await sessions.readSession());
  } catch (thrown) {
    const problem = Problem.of(thrown);
    if (problem.status !== 401) {
      startProblem.value = problem;
      return;
    }
    await askForSetup();
  }
}

async function askForSetup(): Promise<void> {
  try {
    const setup = await sessions.readSetup();
    isSetupCodeNeeded.value = setup.codeNeeded;
    forget();
    state.value = setup.needed ? 'setup' : 'out';
  } catch (thrown) {
    startProblem.value = Problem.of(thrown);
  }
}

async function setUp(answers: SetupAnswers): Promise<void> {
  const result = await sessions.setUp(answers);
  recoveryKey.value = result.recoveryKey;
  enter(result.session);
}

async function confirmRecoveryKeyStored(): Promise<void> {
  await sessions.confirmRecoveryKeyStored();
  recoveryKey.value = null;
}

/** Gives the challenge when the account has a second factor, else null: one is in. */
async function signIn(
  email: string,
  password: string,
  isSharedComputer: boolean,
): Promise<SignInChallenge | null> {
  const answer = await sessions.signIn(email, password, isSharedComputer);
  if ('ticket' in answer) {
    return answer;
  }
  enter(answer);
  return null;
}

async function completeSignIn(ticket: string, factor: sessions.SecondFactor): Promise<void> {
  enter(await sessions.completeSignIn(ticket, factor));
}

async function signInWithPasskey(isSharedComputer: boolean): Promise<void> {
  const answer = await usePasskey(await sessions.askPasskey(null));
  enter(await sessions.signInWithPasskey(answer, isSharedComputer));
}

/** Finishes a sign-in with another provider; gives the challenge when the account has a second factor. */
async function signInFromProvider(password: string | null): Promise<SignInChallenge | null> {
  const answer = await completeExternalSignIn(password);
  if ('ticket' in answer) {
    return answer;
  }
  enter(answer);
  return null;
}

/** Reads anew what changed about the account, such as its second factor. */
async function refresh(): Promise<void> {
  session.value = await sessions.readSession();
}

async function signOut(): Promise<void> {
  await sessions.signOut();
  leave();
  tellOtherTabs('');
}

function enter(entered: Session): void {
  session.value = entered;
  state.value = 'in';
  tellOtherTabs(String(entered.account.id));
}

/** Tabs share the cookie: what one of them did to the session, the others learn by this entry. */
const sharedKey = 'fieldkeep.session';

function tellOtherTabs(who: string): void {
  localStorage.setItem(sharedKey, who);
}

addEventListener('storage', (event) => {
  const isOther = event.key === sharedKey && event.newValue !== String(session.value?.account.id);
  if (isOther && state.value === 'in') {
    leave();
    onLost();
  }
});

function leave(): void {
  forget();
  session.value = null;
  state.value = 'out';
}

whenSessionIsLost(() => {
  if (state.value === 'in') {
    leave();
    onLost();
  }
});

whenFactorIsNeeded(() => {
  if (session.value !== null && !session.value.secondFactor.mustEnrol) {
    session.value = { ...session.value, secondFactor: { ...session.value.secondFactor, mustEnrol: true } };
    onMustEnrol();
  }
});
