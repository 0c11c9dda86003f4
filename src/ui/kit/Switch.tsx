/** On or off, at once. Its name is the text beside it, or `label` where the text stands elsewhere. */
import type { ReactNode } from 'react';
import { Switch as AriaSwitch } from 'react-aria-components/Switch';
import styles from './Switch.module.css';

interface Props {
  isSelected: boolean;
  onChange(isSelected: boolean): void;
  label?: string;
  children?: ReactNode;
  isDisabled?: boolean;
}

export function Switch({ isSelected, onChange, label, children, isDisabled = false }: Props) {
  return (
    <AriaSwitch
      isSelected={isSelected}
      onChange={onChange}
      isDisabled={isDisabled}
      className={styles.switch!}
      {...(label ? { 'aria-label': label } : {})}
    >
      <span className={styles.track}>
        <span className={styles.thumb} />
      </span>
      {children}
    </AriaSwitch>
  );
}
