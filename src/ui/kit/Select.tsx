/** One value out of a list that opens. */
import { ChevronDown } from 'lucide-react';
import { Button } from 'react-aria-components/Button';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Select as AriaSelect, SelectValue } from 'react-aria-components/Select';
import { Text } from 'react-aria-components/Text';
import styles from './Select.module.css';

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly help?: string | undefined;
}

interface Props {
  label: string;
  value: string;
  choices: readonly Choice[];
  onChange(value: string): void;
}

export function Select({ label, value, choices, onChange }: Props) {
  return (
    <AriaSelect
      aria-label={label}
      value={value}
      onChange={(key) => {
        if (key !== null) onChange(String(key));
      }}
      className={styles.select!}
    >
      <Button className={styles.button!}>
        <SelectValue className={styles.value!}>
          {choices.find((choice) => choice.value === value)?.label ?? value}
        </SelectValue>
        <ChevronDown aria-hidden size={14} />
      </Button>
      <Popover className={styles.popover!}>
        <ListBox className={styles.list!}>
          {choices.map((choice) => (
            <ListBoxItem key={choice.value} id={choice.value} textValue={choice.label} className={styles.item!}>
              <Text slot="label">{choice.label}</Text>
              {choice.help && (
                <Text slot="description" className={styles.help!}>
                  {choice.help}
                </Text>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
