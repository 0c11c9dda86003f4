/** The ways in, besides dropping. */
import { FolderOpen, Link, Upload } from 'lucide-react';
import { showOverlay } from '../../state/view-store';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { pickFiles } from './pick-files';
import styles from './StartScreen.module.css';

export function OpenButtons({ onDone, prominent = false }: { onDone?: () => void; prominent?: boolean }) {
  const t = useText();
  const after = (work: () => void) => () => {
    onDone?.();
    work();
  };
  return (
    <div className={styles.buttons}>
      <Button variant={prominent ? 'solid' : 'outline'} icon={<Upload aria-hidden />} onPress={after(() => pickFiles('files'))}>
        {t('action.open')}
      </Button>
      <Button variant="outline" icon={<FolderOpen aria-hidden />} onPress={after(() => pickFiles('folder'))}>
        {t('action.openFolder')}
      </Button>
      <Button variant="outline" icon={<Link aria-hidden />} onPress={after(() => showOverlay('paste-link'))}>
        {t('action.pasteLink')}
      </Button>
    </div>
  );
}
