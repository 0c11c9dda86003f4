/** Without WebGPU nearly everything works; what does not is said, with the reason. */
import { useSession } from '../../state/session-store';
import { useText } from '../i18n/text';
import styles from './DeviceStrip.module.css';

export function MissingWebGpu() {
  const t = useText();
  const missing = useSession((session) => session.backends?.find((info) => info.id === 'webgpu' && !info.available));
  if (!missing) return null;
  return (
    <p className={styles.missing}>
      {t('device.noWebGpu')} {missing.reason}
    </p>
  );
}
