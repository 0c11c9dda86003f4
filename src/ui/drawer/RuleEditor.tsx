/** What holds for one layer only: kept as it is, or other values than the rest of the model. */
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { OptionValue } from '../../options/options';
import type { RecipeStep } from '../../passes/pass';
import { isEnabled, metaOf, ruleFor, withRule } from '../../state/recipe-edit';
import { commitRecipe, editRecipe, useRecipe } from '../../state/recipe-store';
import { selectLayer } from '../../state/view-store';
import { OptionForm } from '../form/OptionForm';
import { useRecordText, useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { IconButton } from '../kit/IconButton';
import { Switch } from '../kit/Switch';
import styles from './RuleEditor.module.css';

/** `children`: what else is known of the layer, above its rules. */
export function RuleEditor({ layer, children }: { layer: string; children?: ReactNode }) {
  const t = useText();
  const steps = useRecipe((state) => state.recipe.steps);
  const places = steps.map((step, index) => ({ step, index })).filter(({ step }) => metaOf(step).perLayer && isEnabled(step));
  return (
    <aside className={styles.editor} aria-label={t('rules.title', { layer })}>
      <header className={styles.header}>
        <h3>
          <code>{layer}</code>
        </h3>
        <IconButton size="small" label={t('action.close')} icon={<X aria-hidden />} onPress={() => selectLayer(null)} />
      </header>
      {children}
      {places.length === 0 && <p className={styles.hint}>{t('rules.none')}</p>}
      {places.map(({ step, index }) => (
        <StepRule key={`${step.pass}-${index}`} step={step} index={index} layer={layer} />
      ))}
    </aside>
  );
}

function StepRule({ step, index, layer }: { step: RecipeStep; index: number; layer: string }) {
  const t = useText();
  const text = useRecordText();
  const meta = metaOf(step);
  const rule = ruleFor(step, layer);
  const keep = rule?.keep === true;
  const own = rule?.options;
  const setOption = (name: string, value: OptionValue, dragging: boolean) =>
    editRecipe((recipe) => {
      const options = recipe.steps[index] ? ruleFor(recipe.steps[index], layer)?.options : undefined;
      return withRule(recipe, index, layer, { options: { ...options, [name]: value } });
    }, dragging);
  return (
    <section className={styles.step}>
      <h4>{text(`pass.${meta.id}.label`, meta.label)}</h4>
      <Switch isSelected={keep} onChange={(on) => editRecipe((recipe) => withRule(recipe, index, layer, { keep: on }))}>
        {t('rules.keep')}
      </Switch>
      {!keep && (
        <OptionForm options={meta.options} values={{ ...step.options, ...own }} textKey={`pass.${meta.id}`} onChange={setOption} onCommit={commitRecipe} />
      )}
      {own && (
        <Button size="small" variant="outline" onPress={() => editRecipe((recipe) => withRule(recipe, index, layer, { options: {} }))}>
          {t('rules.reset')}
        </Button>
      )}
    </section>
  );
}
