/** What the person takes away: a format, the verified file, and the recipe in all its forms. */
import type { FormatId } from '../../formats/format';
import { findFormatMeta, formatIds } from '../../formats/catalog';
import { makesIntegers } from '../../state/integer-recipes';
import { useRecipe } from '../../state/recipe-store';
import { optionsOf, setFormat, setFormatOption, useExport } from '../../state/export-store';
import { useSession } from '../../state/session-store';
import { OptionForm } from '../form/OptionForm';
import { useRecordText, useText } from '../i18n/text';
import { DownloadButton } from './DownloadButton';
import styles from './ExportPanel.module.css';
import { RecipeDoors } from './RecipeDoors';

export function ExportPanel() {
  const t = useText();
  const state = useExport();
  const { format } = state;
  const options = optionsOf(format, state);
  const exports = useSession((session) => session.model?.exports);
  const isInteger = useRecipe(({ recipe }) => makesIntegers(recipe));
  const answerOf = (id: FormatId): true | string => {
    const answer = exports?.[id] ?? true;
    return answer === true && isInteger && id !== 'tflite' ? t('export.integersOnly') : answer;
  };
  const meta = findFormatMeta(format);
  return (
    <section className={styles.panel} aria-labelledby="export-title">
      <h2 id="export-title">{t('export.title')}</h2>
      <fieldset className={styles.formats}>
        <legend>{t('export.format')}</legend>
        {formatIds.map((id) => (
          <FormatChoice key={id} id={id} isChosen={id === format} answer={answerOf(id)} />
        ))}
      </fieldset>
      {meta && (
        <OptionForm
          options={meta.writeOptions}
          values={options}
          textKey={`format.${format}`}
          onChange={(name, value) => setFormatOption(format, name, value)}
          onCommit={() => {}}
        />
      )}
      <DownloadButton />
      <RecipeDoors />
    </section>
  );
}

function FormatChoice({ id, isChosen, answer }: { id: FormatId; isChosen: boolean; answer: true | string }) {
  const text = useRecordText();
  const meta = findFormatMeta(id);
  if (!meta) return null;
  const isPossible = answer === true;
  return (
    <label className={styles.choice} data-off={!isPossible || undefined}>
      <input type="radio" name="format" value={id} checked={isChosen} disabled={!isPossible} onChange={() => setFormat(id)} />
      <span className={styles.formatName}>{text(`format.${id}.label`, meta.label)}</span>
      <span className={styles.formatHelp}>{isPossible ? isChosen && text(`format.${id}.summary`, meta.summary) : answer}</span>
    </label>
  );
}
