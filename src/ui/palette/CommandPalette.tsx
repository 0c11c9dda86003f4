/** All commands, by typing. */
import { Autocomplete, useFilter } from 'react-aria-components/Autocomplete';
import { Input } from 'react-aria-components/Input';
import { Menu, MenuItem } from 'react-aria-components/Menu';
import { SearchField } from 'react-aria-components/SearchField';
import { Keyboard } from 'react-aria-components/Keyboard';
import { Text } from 'react-aria-components/Text';
import { showOverlay, useView } from '../../state/view-store';
import { useText } from '../i18n/text';
import { Overlay } from '../kit/Overlay';
import styles from './CommandPalette.module.css';
import { listCommands } from './commands';

export default function CommandPalette() {
  const t = useText();
  const { contains } = useFilter({ sensitivity: 'base' });
  const commands = listCommands(t);
  const run = (id: string) => {
    showOverlay(null);
    commands.find((command) => command.id === id)?.run();
  };
  return (
    <Overlay title={t('palette.title')} hideTitle onClose={closePalette}>
      <Autocomplete filter={contains}>
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog was opened in order to type here */}
        <SearchField aria-label={t('palette.search')} autoFocus className={styles.search!}>
          <Input placeholder={t('palette.search')} />
        </SearchField>
        <Menu
          aria-label={t('palette.title')}
          className={styles.list!}
          onAction={(key) => run(String(key))}
          renderEmptyState={() => <p className={styles.empty}>{t('palette.nothing')}</p>}
        >
          {commands.map((command) => (
            <MenuItem key={command.id} id={command.id} textValue={command.label} className={styles.item!}>
              <Text slot="label">{command.label}</Text>
              {command.keys && <Keyboard className={styles.keys!}>{command.keys}</Keyboard>}
            </MenuItem>
          ))}
        </Menu>
      </Autocomplete>
    </Overlay>
  );
}

/** Running a command may itself open another overlay, which must stay. */
function closePalette(): void {
  if (useView.getState().overlay === 'palette') showOverlay(null);
}
