/** The device in front of the person: what it can run models on, why something is missing, and which to measure. */
import type { BackendInfo } from '../../runtime/backend';
import { useExport } from '../../state/export-store';
import { useSession } from '../../state/session-store';
import { exampleLimits, setBackendTicked, setExampleLimit, useSettings } from '../../state/settings-store';
import { formatExactMs, groupDigits } from '../format-number';
import { useText } from '../i18n/text';
import { Segmented } from '../kit/Segmented';
import { backendNames } from './backend-names';
import styles from './DevicePanel.module.css';
import { useTickedBackends } from './use-ticked-backends';

export function DevicePanel() {
  const t = useText();
  const infos = useSession((session) => session.backends);
  const clockStepMs = useSession((session) => session.clockStepMs);
  const limit = useSettings((settings) => settings.exampleLimit);
  const choices = exampleLimits.map((count) => ({ value: String(count), label: groupDigits(count) }));
  return (
    <section className={styles.panel} aria-labelledby="device-title">
      <h2 id="device-title">{t('device.title')}</h2>
      <p className={styles.hint}>{t('device.hint')}</p>
      {infos === null ? (
        <p className={styles.hint}>{t('device.asking')}</p>
      ) : (
        <ul className={styles.backends}>
          {infos.map((info) => (
            <BackendRow key={info.id} info={info} infos={infos} />
          ))}
        </ul>
      )}
      <div className={styles.row}>
        <span>{t('device.examples')}</span>
        <Segmented label={t('device.examples')} value={String(limit)} choices={choices} onChange={(value) => setExampleLimit(Number(value))} />
      </div>
      {clockStepMs !== null && <p className={styles.hint}>{t('device.clock', { step: formatExactMs(clockStepMs) })}</p>}
    </section>
  );
}

function BackendRow({ info, infos }: { info: BackendInfo; infos: readonly BackendInfo[] }) {
  const t = useText();
  const format = useExport((state) => state.format);
  const isTicked = useTickedBackends().includes(info.id);
  return (
    <li>
      <label className={styles.backend} data-off={!info.available || undefined}>
        <input
          type="checkbox"
          checked={isTicked}
          disabled={!info.available}
          onChange={(event) => setBackendTicked(info.id, event.target.checked, infos, format)}
        />
        <span className={styles.name}>{backendNames[info.id]}</span>
        <span className={styles.adapter}>
          {info.available ? info.adapter : info.reason}
          {info.available && info.software && ` · ${t('device.software')}`}
        </span>
      </label>
    </li>
  );
}
