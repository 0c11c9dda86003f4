/** A model by its address. */
import { useState, type FormEvent } from 'react';
import { openAddress } from '../../state/open-actions';
import { showOverlay } from '../../state/view-store';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { Overlay } from '../kit/Overlay';
import styles from './PasteLink.module.css';

export default function PasteLink() {
  const t = useText();
  const [address, setAddress] = useState('');
  const close = () => showOverlay(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    close();
    void openAddress(address);
  };
  return (
    <Overlay title={t('action.pasteLink')} onClose={close}>
      <form className={styles.form} onSubmit={submit}>
        <label htmlFor="address">{t('link.help')}</label>
        <input
          id="address"
          type="text"
          inputMode="url"
          autoComplete="off"
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog was opened in order to type here
          autoFocus
          placeholder="https://…/model.json"
          value={address}
          onChange={(event) => setAddress(event.target.value)}
        />
        <div className={styles.actions}>
          <Button onPress={close}>{t('action.close')}</Button>
          <Button type="submit" variant="solid" isDisabled={address.trim() === ''}>
            {t('action.open')}
          </Button>
        </div>
      </form>
    </Overlay>
  );
}
