/** A button that opens a small panel under itself. */
import type { ReactNode } from 'react';
import { Dialog, DialogTrigger } from 'react-aria-components/Dialog';
import { Popover } from 'react-aria-components/Popover';
import styles from './PopoverButton.module.css';

interface Props {
  /** The button. */
  trigger: ReactNode;
  /** Names the panel. */
  label: string;
  children: ReactNode | ((close: () => void) => ReactNode);
}

export function PopoverButton({ trigger, label, children }: Props) {
  return (
    <DialogTrigger>
      {trigger}
      <Popover className={styles.popover!}>
        <Dialog aria-label={label} className={styles.dialog!}>
          {({ close }) => (typeof children === 'function' ? children(close) : children)}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
