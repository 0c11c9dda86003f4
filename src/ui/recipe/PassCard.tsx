/** One pass of the stack: on or off, its place, one sentence on what it costs, and its options while it is on. */
import { GripVertical, X } from 'lucide-react';
import { memo, type HTMLAttributes } from 'react';
import type { RecipeStep } from '../../passes/pass';
import { isEnabled, metaOf, withStepEnabled, withStepRemoved } from '../../state/recipe-edit';
import { editRecipe } from '../../state/recipe-store';
import { useView } from '../../state/view-store';
import { useRecordText, useText } from '../i18n/text';
import { IconButton } from '../kit/IconButton';
import { Switch } from '../kit/Switch';
import { CalibrationDetails } from './CalibrationDetails';
import { primaryValue } from './describe-recipe';
import styles from './PassCard.module.css';
import { PassNeeds } from './PassNeeds';
import { PassOptions } from './PassOptions';

interface Props {
  step: RecipeStep;
  index: number;
  count: number;
  handleProps(index: number): HTMLAttributes<HTMLElement>;
}

export const PassCard = memo(function PassCard({ step, index, count, handleProps }: Props) {
  const t = useText();
  const text = useRecordText();
  const selectedLayer = useView((view) => view.selectedLayer);
  const meta = metaOf(step);
  const enabled = isEnabled(step);
  const label = text(`pass.${meta.id}.label`, meta.label);
  const kept = step.rules.filter((rule) => rule.keep).length;
  const touchesSelected = selectedLayer !== null && step.rules.some((rule) => rule.match === selectedLayer);
  return (
    <article className={styles.card} data-on={enabled || undefined} aria-label={label}>
      <div className={styles.head}>
        <Switch isSelected={enabled} label={label} onChange={(on) => editRecipe((recipe) => withStepEnabled(recipe, index, on))} />
        <h3 className={styles.name}>{label}</h3>
        <span className={styles.value}>{enabled ? '' : (primaryValue(step, text) ?? '')}</span>
        <span className={styles.tools}>
          <button
            {...handleProps(index)}
            type="button"
            data-handle
            className={styles.handle}
            aria-label={t('recipe.move', { pass: label, place: index + 1, count })}
            title={t('recipe.moveTip')}
          >
            <GripVertical aria-hidden size={14} />
          </button>
          <IconButton
            size="small"
            variant="faint"
            label={t('recipe.remove', { pass: label })}
            icon={<X aria-hidden />}
            onPress={() => editRecipe((recipe) => withStepRemoved(recipe, index))}
          />
        </span>
      </div>
      <p className={styles.summary}>{text(`pass.${meta.id}.summary`, meta.summary)}</p>
      {enabled && <PassNeeds meta={meta} />}
      {enabled && <PassOptions step={step} index={index} />}
      {enabled && meta.id === 'quantize-integer' && <CalibrationDetails />}
      {step.rules.length > 0 && (
        <p className={styles.rules} data-selected={touchesSelected || undefined}>
          {t('recipe.rules', { kept, others: step.rules.length - kept })}
        </p>
      )}
    </article>
  );
});
