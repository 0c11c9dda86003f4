/** A pass's options: the one that says most at once, the others folded away until they are wanted. */
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { OptionsRecord } from '../../options/options';
import type { RecipeStep } from '../../passes/pass';
import { metaOf, withOption } from '../../state/recipe-edit';
import { commitRecipe, editRecipe } from '../../state/recipe-store';
import { OptionForm } from '../form/OptionForm';
import { useText } from '../i18n/text';
import { primaryOption } from './describe-recipe';
import styles from './PassCard.module.css';

export function PassOptions({ step, index }: { step: RecipeStep; index: number }) {
  const t = useText();
  const [isOpen, setIsOpen] = useState(false);
  const meta = metaOf(step);
  const primary = primaryOption(step);
  const others = Object.entries(meta.options).filter(([name]) => name !== primary);
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
      {others.length > 0 && (
        <button type="button" className={styles.more} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          <ChevronRight aria-hidden size={14} />
          {t('recipe.more')}
        </button>
      )}
      {isOpen && form(Object.fromEntries(others))}
    </>
  );
}
