import type { PasskeyAnswer, PasskeyQuestion } from './types';
import { Problem } from './problem';

/** Tells whether this browser and this address can use passkeys. */
export function isPasskeyPossible(): boolean {
  return (
    typeof PublicKeyCredential === 'function' &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function'
  );
}

/** Lets an authenticator make a passkey. Throws a {@link Problem} when the person gives up or it cannot. */
export function makePasskey(question: PasskeyQuestion): Promise<PasskeyAnswer> {
  return answer(question, () =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(
        question.options as PublicKeyCredentialCreationOptionsJSON,
      ),
    }),
  );
}

/** Lets an authenticator answer with one of its passkeys. Throws a {@link Problem} when the person gives up or it has none. */
export function usePasskey(question: PasskeyQuestion): Promise<PasskeyAnswer> {
  return answer(question, () =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(
        question.options as PublicKeyCredentialRequestOptionsJSON,
      ),
    }),
  );
}

async function answer(
  question: PasskeyQuestion,
  act: () => Promise<Credential | null>,
): Promise<PasskeyAnswer> {
  try {
    const credential = await act();
    if (credential instanceof PublicKeyCredential) {
      return { ticket: question.ticket, credential: credential.toJSON() };
    }
  } catch (thrown) {
    // Given up, timed out, or none there: browsers tell these apart from nobody. A second registration they do tell.
    const isThere = thrown instanceof DOMException && thrown.name === 'InvalidStateError';
    throw new Problem({ code: isThere ? 'passkey.there_already' : 'passkey.given_up', status: 0 });
  }
  throw new Problem({ code: 'passkey.given_up', status: 0 });
}
