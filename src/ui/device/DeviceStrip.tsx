/** The device in one line: nothing was sent, what runs the models, how fine the clock is. */
import type { BackendInfo } from '../../runtime/backend';
import { useSentBytes } from '../../state/sent-bytes';
import { useSession } from '../../state/session-store';
import { formatExactMs, groupDigits } from '../format-number';
import { useText } from '../i18n/text';
import { backendNames } from './backend-names';
import styles from './DeviceStrip.module.css';

export function DeviceStrip() {
  const t = useText();
  const sent = useSentBytes((state) => state.nbytes);
  const infos = useSession((session) => session.backends);
  const clockStepMs = useSession((session) => session.clockStepMs);
  const best = infos && bestOf(infos);
  return (
    <ul className={styles.strip} aria-label={t('device.title')}>
      <li title={t('sent.help')}>{t('sent.bytes', { count: groupDigits(sent) })}</li>
      <li className={styles.device} title={missingWords(infos)}>
        {best ? [backendNames[best.id], best.adapter].filter(Boolean).join(' ') : t('device.asking')}
      </li>
      {clockStepMs !== null && <li title={t('device.clock', { step: formatExactMs(clockStepMs) })}>{formatExactMs(clockStepMs)}</li>}
    </ul>
  );
}

function bestOf(infos: readonly BackendInfo[]): BackendInfo | null {
  const order: readonly BackendInfo['id'][] = ['webgpu', 'webgl', 'wasm', 'cpu'];
  const available = infos.filter((info) => info.available);
  const byOrder = order.flatMap((id) => available.find((info) => info.id === id) ?? []);
  return byOrder.find((info) => !info.software) ?? byOrder[0] ?? null;
}

function missingWords(infos: readonly BackendInfo[] | null): string {
  const missing = (infos ?? []).filter((info) => !info.available);
  return missing.map((info) => `${backendNames[info.id]}: ${info.reason}`).join('\n');
}
