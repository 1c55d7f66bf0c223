import { useI18n } from 'vue-i18n';
import type { Deployment, SubmissionRow } from '../api/types';

/** Says where a submission stands: its state, and the stage it waits at. */
export function useStandingWords(
  deployments: () => readonly Deployment[],
): (standing: SubmissionRow['standing']) => string {
  const { t } = useI18n();
  return (standing) => {
    if (standing === null) {
      return '';
    }
    const state = t(`deployments.states.${standing.state}`);
    const stage = deployments()
      .flatMap((deployment) => deployment.stages)
      .find((one) => one.id === standing.stageId);
    return stage === undefined ? state : t('deployments.waitsAt', { stage: stage.name });
  };
}
