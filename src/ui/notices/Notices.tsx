/** Errors and news at the top of the page. Nothing is lost by dismissing one. */
import { CircleAlert, Info, X } from 'lucide-react';
import { applyOwnRecipe } from '../../state/open-actions';
import { dismissNotice, useNotices, type Notice } from '../../state/notices-store';
import { isTextKey, useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { IconButton } from '../kit/IconButton';
import styles from './Notices.module.css';

export function Notices() {
  const notices = useNotices((state) => state.notices);
  return (
    <div className={styles.notices} aria-live="assertive">
      {notices.map((notice) => (
        <NoticeBar key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeBar({ notice }: { notice: Notice }) {
  const t = useText();
  const { id, level, key, message, values } = notice;
  const words = key && isTextKey(key) ? t(key, values) : message;
  const Icon = level === 'error' ? CircleAlert : Info;
  return (
    <div className={styles.notice} data-level={level}>
      <Icon aria-hidden size={16} />
      <p>{words}</p>
      {key === 'notice.madeByWhittle' && (
        <Button
          size="small"
          variant="outline"
          onPress={() => {
            dismissNotice(id);
            applyOwnRecipe();
          }}
        >
          {t('notice.useRecipe')}
        </Button>
      )}
      <IconButton size="small" label={t('action.dismiss')} icon={<X aria-hidden />} onPress={() => dismissNotice(id)} />
    </div>
  );
}
