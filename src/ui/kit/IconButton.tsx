/** A button that is only an icon: its label is its name and its tip. */
import type { ReactNode } from 'react';
import { Button, type ButtonProps } from './Button';

interface Props extends Omit<ButtonProps, 'children' | 'icon' | 'title'> {
  label: string;
  icon: ReactNode;
  /** Shown after the label in the tip, e.g. a shortcut. */
  hint?: string;
}

export function IconButton({ label, icon, hint, ...rest }: Props) {
  return <Button {...rest} icon={icon} aria-label={label} title={hint ? `${label} (${hint})` : label} />;
}
