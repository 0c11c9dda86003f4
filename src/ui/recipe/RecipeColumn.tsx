/** What the person is doing: the stack of passes, in the order in which they run. */
import { Plus, Sparkles } from 'lucide-react';
import { passCatalog } from '../../passes/catalog';
import type { PassId } from '../../passes/pass';
import { applyPreset } from '../../state/apply-preset';
import { presets, type PresetId } from '../../state/presets';
import { withStepAdded, withStepMoved } from '../../state/recipe-edit';
import { editRecipe, useRecipe } from '../../state/recipe-store';
import { useRecordText, useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { MenuButton } from '../kit/MenuButton';
import { PassCard } from './PassCard';
import { useSteps } from '../use-steps';
import styles from './RecipeColumn.module.css';
import { useReorder } from './use-reorder';

export function RecipeColumn() {
  const t = useText();
  const text = useRecordText();
  const steps = useRecipe((state) => state.recipe.steps);
  const drawn = useSteps(steps.length);
  const { listRef, dropPlace, dragged, handleProps } = useReorder(steps.length, (from, to) =>
    editRecipe((recipe) => withStepMoved(recipe, from, to)),
  );
  return (
    <section className={styles.column} aria-labelledby="recipe-title">
      <header className={styles.header}>
        <h2 id="recipe-title">{t('recipe.title')}</h2>
        <MenuButton
          label={t('recipe.presets')}
          trigger={
            <Button size="small" icon={<Sparkles aria-hidden />}>
              {t('recipe.presets')}
            </Button>
          }
          items={presets.map(({ id }) => ({ value: id, label: t(`preset.${id}.label`), help: t(`preset.${id}.summary`) }))}
          onAction={(id) => applyPreset(id as PresetId)}
        />
      </header>
      <ol className={styles.stack} ref={listRef}>
        {steps.map((step, index) => (
          // A step has no name of its own: the same pass may stand in the stack twice.
          <li key={`${step.pass}-${index}`} data-drop={dropMark(index, dropPlace, steps.length)} data-dragged={dragged === index || undefined}>
            {index <= drawn && <PassCard step={step} index={index} count={steps.length} handleProps={handleProps} />}
          </li>
        ))}
      </ol>
      <footer className={styles.footer}>
        <MenuButton
          label={t('recipe.add')}
          trigger={
            <Button size="small" icon={<Plus aria-hidden />}>
              {t('recipe.add')}
            </Button>
          }
          items={passCatalog.map((meta) => ({
            value: meta.id,
            label: text(`pass.${meta.id}.label`, meta.label),
            help: text(`pass.${meta.id}.summary`, meta.summary),
          }))}
          onAction={(id) => editRecipe((recipe) => withStepAdded(recipe, id as PassId))}
        />
      </footer>
    </section>
  );
}

function dropMark(index: number, dropPlace: number | null, count: number): 'before' | 'after' | undefined {
  if (dropPlace === index) return 'before';
  return dropPlace === count && index === count - 1 ? 'after' : undefined;
}
