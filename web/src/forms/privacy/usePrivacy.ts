import { readDraftPrivacy } from '../../api/privacy';
import type { Draft, PrivacyReport } from '../../api/types';
import { useLoad, type Load } from '../../kit/useLoad';

/** Checks a form's draft, again whenever another file takes its place; null while there is no draft. */
export function usePrivacy(
  project: () => string,
  form: () => string,
  draft: () => Draft | null,
): Load<PrivacyReport | null> {
  return useLoad(
    () => `project ${project()} form ${form()} privacy ${draft()?.testToken ?? ''}`,
    (signal) => (draft() === null ? Promise.resolve(null) : readDraftPrivacy(project(), form(), signal)),
  );
}
