import { Info, TriangleAlert } from 'lucide-react';
import { useText } from '../i18n/text';
import styles from './MessagesPane.module.css';
import { useMessages } from './use-messages';

/** More than these nobody reads; a model of a thousand layers may have a message for each. */
const MOST_MESSAGES = 200;

export function MessagesPane() {
  const t = useText();
  const messages = useMessages();
  if (messages.length === 0) return <p className={styles.empty}>{t('messages.none')}</p>;
  return (
    <ul className={styles.list}>
      {messages.slice(0, MOST_MESSAGES).map(({ level, message, subject }) => (
        <li key={`${subject}${message}`} data-level={level}>
          {level === 'warning' ? <TriangleAlert role="img" aria-label={t('messages.warning')} size={14} /> : <Info aria-hidden size={14} />}
          <span>
            {subject && <code>{subject}</code>} {message}
          </span>
        </li>
      ))}
      {messages.length > MOST_MESSAGES && <li className={styles.more}>{t('messages.more', { count: messages.length - MOST_MESSAGES })}</li>}
    </ul>
  );
}
