/** How far along something is, as a thin bar over the whole width. */
import styles from './ProgressBar.module.css';

export function ProgressBar({ label, value, maximum = 1 }: { label: string; value: number; maximum?: number }) {
  return <progress className={styles.bar} max={maximum} value={value} aria-label={label} />;
}
