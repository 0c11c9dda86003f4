/** A pass's options: the one that says most at once, the others folded away by groups until they are wanted. */
import { ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { OptionsRecord } from '../../options/options';
import type { RecipeStep } from '../../passes/pass';
import { metaOf, withOption } from '../../state/recipe-edit';
import { commitRecipe, editRecipe } from '../../state/recipe-store';
import { OptionForm } from '../form/OptionForm';
import { isTextKey, useText } from '../i18n/text';
import { primaryOption } from './describe-recipe';
import styles from './PassCard.module.css';

export function PassOptions({ step, index }: { step: RecipeStep; index: number }) {
  const meta = metaOf(step);
  const primary = primaryOption(step);
  const others = Object.entries(meta.options).filter(([name]) => name !== primary);
  const groups = [...new Set(others.map(([, spec]) => spec.group ?? null))].toSorted((a, b) => Number(a !== null) - Number(b !== null));
  const form = (options: OptionsRecord) => (
    <div className={styles.options}>
      <OptionForm
        options={options}
        values={step.options}
        textKey={`pass.${meta.id}`}
        onChange={(name, value, dragging) => editRecipe((recipe) => withOption(recipe, index, name, value), dragging)}
        onCommit={commitRecipe}
      />
    </div>
  );
  return (
    <>
      {primary !== null && form({ [primary]: meta.options[primary]! })}
      {groups.map((group) => (
        <Group key={group} name={group} step={step}>
          {form(Object.fromEntries(others.filter(([, spec]) => (spec.group ?? null) === group)))}
        </Group>
      ))}
    </>
  );
}

/** `name` null: options that belong to no group. */
function Group({ name, step, children }: { name: string | null; step: RecipeStep; children: ReactNode }) {
  const t = useText();
  const [isOpen, setIsOpen] = useState(false);
  const key = name === null ? 'recipe.more' : `recipe.group.${name}`;
  const epochs = name === 'recover' ? Number(step.options.recoverEpochs ?? 0) : 0;
  return (
    <>
      <button type="button" className={styles.more} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        <ChevronRight aria-hidden size={14} />
        {isTextKey(key) ? t(key) : name}
        {epochs > 0 && <span className={styles.on}>{t('recipe.epochs', { count: epochs })}</span>}
      </button>
      {isOpen && children}
    </>
  );
}
