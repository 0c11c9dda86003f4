/** Where a .tflite runs besides this browser: by its operators and its working memory, from the file alone. */
import { Check, Minus } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import type { DeviceReport as Report } from '../../engine/types';
import type { RuntimeSupport } from '../../measure/runtime-support';
import { formatBytes, formatExactBytes } from '../format-number';
import { useText } from '../i18n/text';
import styles from './DeviceReport.module.css';

export function DeviceReport({ report }: { report: Report }) {
  const t = useText();
  const titleId = useId();
  return (
    <section className={styles.report} aria-labelledby={titleId}>
      <h3 id={titleId} title={t('runsOn.help')}>
        {t('runsOn.title')}
      </h3>
      <ul>
        {report.runtimes.map((runtime) => (
          <Runtime key={runtime.runtime} support={runtime}>
            {runtime.runtime === 'micro' && <Arena arena={report.arena} />}
          </Runtime>
        ))}
      </ul>
    </section>
  );
}

function Runtime({ support, children }: { support: RuntimeSupport; children: ReactNode }) {
  const t = useText();
  const { runtime, label, supported, unsupported } = support;
  const count = unsupported.reduce((sum, { count: own }) => sum + own, 0);
  const Icon = supported ? Check : Minus;
  return (
    <li data-supported={supported || undefined}>
      <Icon aria-hidden size={14} />
      <div>
        <p className={styles.name}>
          {t(`runsOn.${runtime}`)}
          {runtime === 'micro' && <span className={styles.maker}>{label}</span>}
        </p>
        {supported ? (
          <p className={styles.words}>{t('runsOn.all')}</p>
        ) : (
          <details>
            <summary>{t(runtime === 'micro' ? 'runsOn.missing' : 'runsOn.partly', { count })}</summary>
            <ul className={styles.operators}>
              {unsupported.map(({ op, count: own, why }) => (
                <li key={`${op}${why}`}>
                  <code>
                    {op} × {own}
                  </code>{' '}
                  {why}
                </li>
              ))}
            </ul>
          </details>
        )}
        {children}
      </div>
    </li>
  );
}

function Arena({ arena }: { arena: Report['arena'] }) {
  const t = useText();
  const exact = t('runsOn.arenaHelp', {
    total: formatExactBytes(arena.totalBytes, t('size.bytes')),
    activations: formatBytes(arena.activationBytes + arena.variableBytes),
    structures: formatBytes(arena.structureBytes),
  });
  return (
    <p className={styles.words} title={exact}>
      <span className={styles.estimate}>≈ {formatBytes(arena.totalBytes)}</span> {t('runsOn.arena')}
    </p>
  );
}
