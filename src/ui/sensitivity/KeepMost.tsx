/** Keeps the layers that the heat shows as the worst, as many as asked for, in one step of history. */
import { useMemo, useState } from 'react';
import { isLayerKept } from '../../state/recipe-edit';
import { useRecipe } from '../../state/recipe-store';
import { keepMostSensitive, mostSensitive } from '../../state/sensitivity-actions';
import { useSensitivity } from '../../state/sensitivity-store';
import { NumberInput } from '../form/NumberInput';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import styles from './SensitivityTool.module.css';

/** The first and the last layer are mostly the ones. */
const FIRST_COUNT = 2;

export function KeepMost() {
  const t = useText();
  const rows = useSensitivity((sensitivity) => sensitivity.rows);
  const shown = useSensitivity((sensitivity) => sensitivity.shown);
  const [wanted, setWanted] = useState(FIRST_COUNT);
  const layers = useMemo(() => mostSensitive({ rows, shown }, Number.POSITIVE_INFINITY), [rows, shown]);
  const count = Math.min(wanted, layers.length);
  const areKept = useRecipe(({ recipe }) => layers.slice(0, count).every((layer) => isLayerKept(recipe, layer)));
  if (layers.length === 0) return null;
  return (
    <span className={styles.keep}>
      <NumberInput label={t('sensitivity.keepCount')} value={count} unit="" onEnter={(entered) => setWanted(Math.max(1, Math.min(Math.round(entered), layers.length)))} />
      <Button size="small" variant="outline" isDisabled={areKept} title={layers.slice(0, count).join(', ')} onPress={() => keepMostSensitive(count)}>
        {t(count === 1 ? 'sensitivity.keepOne' : 'sensitivity.keepMost', { count })}
      </Button>
    </span>
  );
}
