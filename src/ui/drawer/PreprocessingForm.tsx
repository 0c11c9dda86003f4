/** x → (resized x · scale − mean) / std. Saved in the recipe; what the model suggests until it is changed. */
import type { Preprocessing } from '../../passes/pass';
import { withPreprocessing } from '../../state/recipe-edit';
import { editRecipe, useRecipe } from '../../state/recipe-store';
import { suggestedPreprocessing, useSession } from '../../state/session-store';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { Select } from '../kit/Select';
import styles from './DataPane.module.css';
import { ListInput } from './ListInput';

const scales = [1, 1 / 255, 1 / 127.5] as const;

export function PreprocessingForm() {
  const t = useText();
  const own = useRecipe((state) => state.recipe.preprocessing);
  const suggested = useSession(suggestedPreprocessing);
  const shown = own ?? suggested;
  if (!shown) return null;
  const change = (part: Partial<Preprocessing>) => editRecipe((recipe) => withPreprocessing(recipe, { ...shown, ...part }));
  return (
    <section className={styles.part}>
      <h3>{t('preprocessing.title')}</h3>
      <p className={styles.hint}>{t(own ? 'preprocessing.own' : 'preprocessing.suggested')}</p>
      <div className={styles.fields}>
        <ListInput label={t('preprocessing.scale')} values={[shown.scale]} counts={[1]} format={printScale} onEnter={([scale]) => change({ scale: scale ?? 1 })} suggestions={scales.map(printScale)} />
        <ListInput label={t('preprocessing.mean')} values={shown.mean} counts={[0, 1, 3, 4]} onEnter={(mean) => change({ mean })} />
        <ListInput label={t('preprocessing.std')} values={shown.std} counts={[0, 1, 3, 4]} refuse={(value) => value === 0} onEnter={(std) => change({ std })} />
        <ListInput
          label={t('preprocessing.size')}
          values={shown.size ?? []}
          counts={[0, 2]}
          refuse={(value) => !Number.isInteger(value) || value < 1 || value > LARGEST_SIDE}
          onEnter={([height, width]) => change({ size: height !== undefined && width !== undefined ? [height, width] : null })}
        />
        <label className={styles.field}>
          <span>{t('preprocessing.channels')}</span>
          <Select
            label={t('preprocessing.channels')}
            value={shown.channels ?? 'as-is'}
            choices={(['as-is', 'rgb', 'bgr', 'grey'] as const).map((value) => ({ value, label: t(`channels.${value}`) }))}
            onChange={(value) => change({ channels: value === 'as-is' ? null : (value as 'rgb' | 'bgr' | 'grey') })}
          />
        </label>
      </div>
      {own && (
        <Button size="small" variant="outline" onPress={() => editRecipe((recipe) => withPreprocessing(recipe, undefined))}>
          {t('preprocessing.reset')}
        </Button>
      )}
    </section>
  );
}

/** The recipe's own limit of a picture's side. */
const LARGEST_SIDE = 8192;

/** 1/255 reads better than 0.00392156862745098. */
function printScale(scale: number): string {
  const inverse = 1 / scale;
  return scale !== 1 && Math.abs(inverse - Number(inverse.toFixed(1))) < 1e-9 ? `1/${Number(inverse.toFixed(1))}` : String(scale);
}
