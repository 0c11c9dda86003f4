/** The formats to leave in. One that cannot be says why; several that cannot say it in one place. */
import { useId } from 'react';
import { findFormatMeta, formatIds } from '../../formats/catalog';
import type { FormatId } from '../../formats/format';
import { setFormat, useExport } from '../../state/export-store';
import { makesIntegers } from '../../state/integer-recipes';
import { useRecipe } from '../../state/recipe-store';
import { useSession } from '../../state/session-store';
import { useRecordText, useText } from '../i18n/text';
import styles from './ExportPanel.module.css';

interface Refusal {
  readonly id: FormatId;
  readonly reason: string;
}

export function FormatChoices() {
  const t = useText();
  const chosen = useExport((state) => state.format);
  const reasonsId = useId();
  const refusals = useRefusals();
  return (
    <fieldset className={styles.formats}>
      <legend>{t('export.format')}</legend>
      {formatIds.map((id) => {
        const reason = refusals.find((refusal) => refusal.id === id)?.reason ?? null;
        return <FormatChoice key={id} id={id} isChosen={id === chosen} reason={reason} reasonsId={refusals.length > 1 ? reasonsId : null} />;
      })}
      {refusals.length > 1 && <Reasons id={reasonsId} refusals={refusals} />}
    </fieldset>
  );
}

/** By what the model holds, and by what the recipe makes of it. */
function useRefusals(): readonly Refusal[] {
  const t = useText();
  const exports = useSession((session) => session.model?.exports);
  const isInteger = useRecipe(({ recipe }) => makesIntegers(recipe));
  return formatIds.flatMap((id) => {
    const answer = exports?.[id] ?? true;
    if (answer !== true) return [{ id, reason: answer }];
    return isInteger && id !== 'tflite' ? [{ id, reason: t('export.integersOnly') }] : [];
  });
}

interface ChoiceProps {
  id: FormatId;
  isChosen: boolean;
  /** null: it can be chosen. */
  reason: string | null;
  /** Where the reason stands, when not here. */
  reasonsId: string | null;
}

function FormatChoice({ id, isChosen, reason, reasonsId }: ChoiceProps) {
  const text = useRecordText();
  const meta = findFormatMeta(id);
  if (!meta) return null;
  const isOff = reason !== null;
  const help = isOff ? (reasonsId === null ? reason : null) : isChosen ? text(`format.${id}.summary`, meta.summary) : null;
  return (
    <label className={styles.choice} data-off={isOff || undefined}>
      <input
        type="radio"
        name="format"
        value={id}
        checked={isChosen}
        disabled={isOff}
        aria-describedby={isOff && reasonsId !== null ? reasonsId : undefined}
        onChange={() => setFormat(id)}
      />
      <span className={styles.formatName}>{text(`format.${id}.label`, meta.label)}</span>
      {help !== null && <span className={styles.formatHelp}>{help}</span>}
    </label>
  );
}

function Reasons({ id, refusals }: { id: string; refusals: readonly Refusal[] }) {
  const t = useText();
  const text = useRecordText();
  const [first] = refusals;
  if (refusals.every(({ reason }) => reason === first!.reason)) {
    return (
      <p id={id} className={styles.reasons}>
        {first!.reason}
      </p>
    );
  }
  return (
    <details className={styles.reasons}>
      <summary>{t('export.whyNot')}</summary>
      <dl id={id}>
        {refusals.map((refusal) => (
          <div key={refusal.id}>
            <dt>{text(`format.${refusal.id}.label`, findFormatMeta(refusal.id)?.label ?? refusal.id)}</dt>
            <dd>{refusal.reason}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
