/** What the camera sees, while it is on: nobody should have to guess. */
import { useEffect, useRef } from 'react';
import { useLive } from '../../state/live-store';
import { useText } from '../i18n/text';
import styles from './LivePanel.module.css';

export function CameraView() {
  const t = useText();
  const stream = useLive((live) => live.cameraStream);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return stream ? <video ref={video} className={styles.camera} aria-label={t('live.cameraView')} autoPlay muted playsInline /> : null;
}
