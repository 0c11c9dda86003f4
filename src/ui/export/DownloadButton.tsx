/** Solid only when these very bytes were re-opened and re-run; the outcome stands beside it. */
import { Download, TriangleAlert } from 'lucide-react';
import { downloadFiles } from '../../state/download';
import { sizeKey, useExport } from '../../state/export-store';
import { useLane } from '../../state/lane-store';
import { notifyError } from '../../state/notices-store';
import { pointKey } from '../../state/point-key';
import { useRecipe } from '../../state/recipe-store';
import { scheduleMeasuring } from '../../state/run-lane';
import { useSession } from '../../state/session-store';
import { formatBytes } from '../format-number';
import { useShownRecipe } from '../use-shown-recipe';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { DeviceReport } from './DeviceReport';
import styles from './ExportPanel.module.css';
import { Verified } from './Verified';

export function DownloadButton() {
  const t = useText();
  const key = pointKey(useShownRecipe());
  const isBeforeTraining = useRecipe((state) => pointKey(state.recipe) !== key);
  const size = useExport(sizeKey);
  const verified = useExport((state) => state.verified);
  const modelName = useSession((session) => session.model?.name ?? 'model');
  const isRunning = useLane((lane) => lane.state === 'running');
  const problem = useLane((lane) => (lane.key === key ? (lane.stages.find((stage) => stage.id === 'verify')?.problem ?? null) : null));
  const ready = verified?.key === key && verified.sizeKey === size ? verified.result : null;
  if (ready) {
    const total = ready.files.reduce((sum, file) => sum + file.bytes.byteLength, 0);
    return (
      <div className={styles.download}>
        <Button
          variant="solid"
          size="large"
          wide
          icon={<Download aria-hidden />}
          onPress={() => void downloadFiles(ready.files, `${stem(modelName)}-small`).catch(notifyError)}
        >
          {t('export.download', { size: formatBytes(total) })}
        </Button>
        {isBeforeTraining && <p className={styles.untrained}>{t('export.beforeTraining')}</p>}
        <Verified verification={ready.verification} />
        {ready.diagnostics.map((diagnostic) => (
          <p key={`${diagnostic.subject}${diagnostic.message}`} className={styles.said}>
            {diagnostic.message}
          </p>
        ))}
        {ready.device && <DeviceReport report={ready.device} />}
      </div>
    );
  }
  return (
    <div className={styles.download}>
      <Button variant="outline" size="large" wide icon={<Download aria-hidden />} isDisabled={isRunning} onPress={scheduleMeasuring}>
        {isRunning ? t('export.notYet') : t('export.verify')}
      </Button>
      {problem === null ? (
        <p className={styles.said}>{t('export.verifyWords')}</p>
      ) : (
        <p className={styles.problem}>
          <TriangleAlert aria-hidden size={14} /> {problem}
        </p>
      )}
    </div>
  );
}

function stem(name: string): string {
  return name.replace(/\.(keras|h5|hdf5|json|zip|tflite|lite)$/i, '');
}
