/** A button that opens a list of things to do. */
import type { ReactNode } from 'react';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Text } from 'react-aria-components/Text';
import type { Choice } from './Select';
import styles from './Select.module.css';

interface Props {
  trigger: ReactNode;
  items: readonly Choice[];
  label: string;
  onAction(value: string): void;
}

export function MenuButton({ trigger, items, label, onAction }: Props) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className={styles.popover!}>
        <Menu aria-label={label} className={styles.list!} onAction={(key) => onAction(String(key))}>
          {items.map((item) => (
            <MenuItem key={item.value} id={item.value} textValue={item.label} className={styles.item!}>
              <Text slot="label">{item.label}</Text>
              {item.help && (
                <Text slot="description" className={styles.help!}>
                  {item.help}
                </Text>
              )}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
