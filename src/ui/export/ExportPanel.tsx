/** What the person takes away: a format, the verified file, and the recipe in all its forms. */
import { lazy, Suspense } from 'react';
import { findFormatMeta } from '../../formats/catalog';
import { optionsOf, setFormatOption, useExport } from '../../state/export-store';
import { OptionForm } from '../form/OptionForm';
import { useText } from '../i18n/text';
import { DownloadButton } from './DownloadButton';
import styles from './ExportPanel.module.css';
import { FormatChoices } from './FormatChoices';
import { RecipeDoors } from './RecipeDoors';

const AdaptiveExport = lazy(() => import('./AdaptiveExport'));

export function ExportPanel() {
  const t = useText();
  const state = useExport();
  const { format } = state;
  const options = optionsOf(format, state);
  const meta = findFormatMeta(format);
  return (
    <section className={styles.panel} aria-labelledby="export-title">
      <h2 id="export-title">{t('export.title')}</h2>
      <FormatChoices />
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
      <Suspense fallback={null}>
        <AdaptiveExport />
      </Suspense>
      <RecipeDoors />
    </section>
  );
}
