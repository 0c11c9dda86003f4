/** A dialog over the page: closes on Escape and on a click beside it, and gives the focus back. */
import type { ReactNode } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import styles from './Overlay.module.css';

interface Props {
  title: string;
  /** The title is said, not shown. */
  hideTitle?: boolean;
  onClose(): void;
  children: ReactNode;
}

export function Overlay({ title, hideTitle = false, onClose, children }: Props) {
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className={styles.scrim!}
    >
      <Modal className={styles.modal!}>
        <Dialog className={styles.dialog!} {...(hideTitle ? { 'aria-label': title } : {})}>
          {!hideTitle && (
            <Heading slot="title" className={styles.title!}>
              {title}
            </Heading>
          )}
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
