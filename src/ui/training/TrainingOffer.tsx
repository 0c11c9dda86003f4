/** Before a training: what it would be, on what, about how long, and the press that starts it. Without data: how to get some. */
import { GraduationCap, Plus, Split } from 'lucide-react';
import { effectiveSteps, stepTrains } from '../../passes/recipe';
import { openStudentFiles, openTrainingFiles, splitData } from '../../state/open-actions';
import { pointKey } from '../../state/point-key';
import { useRecipe } from '../../state/recipe-store';
import { useRuns } from '../../state/runs-store';
import { useSession } from '../../state/session-store';
import { startTraining } from '../../state/train-actions';
import { estimateTraining } from '../../state/training-estimate';
import { useTraining } from '../../state/training-store';
import { backendNames } from '../device/backend-names';
import { groupDigits } from '../format-number';
import { useRecordText, useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { describeStep } from '../recipe/describe-recipe';
import { pickFiles } from '../start/pick-files';
import { durationText } from './duration-text';
import styles from './TrainingPanel.module.css';

/** What people mostly set aside. */
const SHARE_TO_LEARN_FROM = 0.8;

export function TrainingOffer() {
  const t = useText();
  const data = useTraining((state) => state.data);
  const isStudentMissing = useStudentMissing();
  const wasCancelled = useTraining((state) => state.cancelled);
  const key = useRecipe((state) => pointKey(state.recipe));
  if (data === null) return <NothingToLearnFrom />;
  if (isStudentMissing) {
    return (
      <div className={styles.offer}>
        <p>{t('training.noStudent')}</p>
        <Button variant="outline" size="small" icon={<Plus aria-hidden />} onPress={() => pickFiles('files', openStudentFiles)}>
          {t('training.addStudent')}
        </Button>
      </div>
    );
  }
  return (
    <div className={styles.offer}>
      <div>
        <p className={styles.before}>{wasCancelled === key ? t('training.cancelled') : t('training.before')}</p>
        {data && <Plan examples={data.count} name={data.name} />}
      </div>
      <Button variant="solid" isDisabled={!data} icon={<GraduationCap aria-hidden />} onPress={() => void startTraining()}>
        {wasCancelled === key ? t('training.goOn') : t('training.start')}
      </Button>
    </div>
  );
}

function Plan({ examples, name }: { examples: number; name: string }) {
  const t = useText();
  const text = useRecordText();
  const recipe = useRecipe((state) => state.recipe);
  const runs = useRuns((state) => state.runs);
  const pace = useTraining((state) => state.pace);
  const backends = useSession((session) => session.backends);
  const { epochs, milliseconds, backend } = estimateTraining(recipe, examples, runs, pace, backends ?? []);
  const passes = effectiveSteps(recipe)
    .filter(stepTrains)
    .map((step) => describeStep({ ...step, options: { ...step.options, recoverEpochs: 0 } }, text, t));
  return (
    <p className={styles.plan}>
      {t('training.plan', { passes: passes.join(' · '), epochs, count: groupDigits(examples), name })}{' '}
      {t('training.time', { time: durationText(milliseconds, t), backend: backendNames[backend] })}
    </p>
  );
}

function NothingToLearnFrom() {
  const t = useText();
  const hasData = useSession((session) => session.dataset !== null);
  return (
    <div className={styles.offer}>
      <p className={styles.before}>{t(hasData ? 'training.nothing' : 'training.noData')}</p>
      <div className={styles.buttons}>
        {hasData && (
          <Button variant="outline" size="small" icon={<Split aria-hidden />} title={t('training.splitHelp')} onPress={() => void splitData(SHARE_TO_LEARN_FROM)}>
            {t('training.split')}
          </Button>
        )}
        <Button variant="outline" size="small" icon={<Plus aria-hidden />} onPress={() => pickFiles('files', openTrainingFiles)}>
          {t('training.add')}
        </Button>
      </div>
    </div>
  );
}

/** The recipe teaches a model of the person's, and none was added. */
function useStudentMissing(): boolean {
  const student = useTraining((state) => state.student);
  const wants = useRecipe((state) => effectiveSteps(state.recipe).some((step) => step.pass === 'distil' && step.options.student === 'file'));
  return wants && student === null;
}
