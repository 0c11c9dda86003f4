/** Before any model: one place to drop it, two samples to try, and what this device can do. */
import { samples, type Sample } from '../../datasets/samples';
import { openSample } from '../../state/open-actions';
import { useView } from '../../state/view-store';
import { DeviceStrip } from '../device/DeviceStrip';
import { MissingWebGpu } from '../device/MissingWebGpu';
import { formatBytes, formatShare } from '../format-number';
import { useRecordText, useText } from '../i18n/text';
import { OpenButtons } from './OpenButtons';
import { OpeningStatus } from './OpeningStatus';
import styles from './StartScreen.module.css';
import { useSession } from '../../state/session-store';

export function StartScreen() {
  const t = useText();
  const dropping = useView((view) => view.dropping);
  const opening = useSession((session) => session.opening);
  return (
    <main className={styles.start}>
      <section className={styles.ring} data-dropping={dropping || undefined} aria-labelledby="start-title">
        {opening ? (
          <OpeningStatus opening={opening} />
        ) : (
          <>
            <DropMark />
            <h2 id="start-title" className={styles.title}>
              {t('start.title')}
            </h2>
            <p className={styles.formats}>{t('start.formats')}</p>
            <OpenButtons prominent />
          </>
        )}
      </section>
      <section className={styles.samples} aria-labelledby="samples-title">
        <h2 id="samples-title">{t('start.samples')}</h2>
        <ul>
          {samples.map((sample) => (
            <li key={sample.id}>
              <SampleCard sample={sample} />
            </li>
          ))}
        </ul>
      </section>
      <footer className={styles.footer}>
        <p>{t('start.private')}</p>
        <DeviceStrip />
        <MissingWebGpu />
      </footer>
    </main>
  );
}

function SampleCard({ sample }: { sample: Sample }) {
  const t = useText();
  const text = useRecordText();
  const facts = t('start.sampleFacts', { size: formatBytes(sample.nbytes), accuracy: formatShare(sample.accuracy) });
  return (
    <button type="button" className={styles.card} onClick={() => void openSample(sample)}>
      <span className={styles.sampleName}>{text(`sample.${sample.id}.label`, sample.label)}</span>
      <span className={styles.sampleFacts}>{facts}</span>
    </button>
  );
}

/** A block, and what is left of it. */
function DropMark() {
  return (
    <svg className={styles.mark} viewBox="0 0 64 40" fill="none" aria-hidden>
      <rect x="2" y="4" width="32" height="32" rx="4" stroke="var(--original)" strokeWidth="2" strokeDasharray="4 4" />
      <rect x="46" y="22" width="14" height="14" rx="3" fill="var(--candidate)" />
      <path d="M37 29h5" stroke="var(--ink-3)" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
