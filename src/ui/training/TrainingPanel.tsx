/** Training of the recipe on screen: the offer, the curves while it runs, and afterwards what it is to be compared with. */
import { useEffect } from 'react';
import { useRecipe } from '../../state/recipe-store';
import { pointKey } from '../../state/point-key';
import { askTrainingData } from '../../state/training-data-actions';
import { useTraining } from '../../state/training-store';
import { recipeTrains } from '../../passes/untrained';
import { useText } from '../i18n/text';
import { ControlsList } from './ControlsList';
import { Curves } from './Curves';
import { TrainingOffer } from './TrainingOffer';
import styles from './TrainingPanel.module.css';
import { TrainingStatus } from './TrainingStatus';

export function TrainingPanel() {
  const recipe = useRecipe((state) => state.recipe);
  const running = useTraining((state) => state.running);
  // Another recipe's training goes on when this one trains nothing.
  const isBusyElsewhere = running !== null && running.control === null && running.key !== pointKey(recipe);
  if (!recipeTrains(recipe) && !isBusyElsewhere) return null;
  return <Panel isBusyElsewhere={isBusyElsewhere} />;
}

function Panel({ isBusyElsewhere }: { isBusyElsewhere: boolean }) {
  const t = useText();
  const key = useRecipe((state) => pointKey(state.recipe));
  const running = useTraining((state) => state.running);
  const isTrained = useTraining((state) => state.trained.has(key));
  const data = useTraining((state) => state.data);
  const isRunning = running?.control === null;
  useEffect(() => {
    if (data === undefined) void askTrainingData();
  }, [data]);
  return (
    <section className={styles.panel} aria-labelledby="training-title" data-elsewhere={isBusyElsewhere || undefined}>
      <header className={styles.header}>
        <h2 id="training-title">{t('training.title')}</h2>
        {isRunning && <TrainingStatus running={running} />}
      </header>
      {!isRunning && !isTrained && <TrainingOffer />}
      <Curves trainingKey={isRunning ? running.key : key} />
      {!isRunning && isTrained && <ControlsList trainingKey={key} />}
    </section>
  );
}
