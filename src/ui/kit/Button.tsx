/** The one button: quiet, outlined or solid; with or without an icon. */
import type { ReactNode, Ref } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import styles from './Button.module.css';

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children'> {
  variant?: 'quiet' | 'faint' | 'outline' | 'solid';
  size?: 'small' | 'normal' | 'large';
  icon?: ReactNode;
  children?: ReactNode;
  wide?: boolean;
  /** Words for the pointer; a keyboard and a screen reader get the button's own name. */
  title?: string;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ variant = 'quiet', size = 'normal', icon, children, wide = false, title, ...rest }: ButtonProps) {
  const classes = [styles.button, styles[variant], styles[size], wide && styles.wide, !children && styles.square];
  return (
    <AriaButton
      {...rest}
      className={classes.filter(Boolean).join(' ')}
      {...(title ? { render: (props) => <button {...props} title={title} /> } : {})}
    >
      {icon}
      {children !== undefined && <span className={styles.label}>{children}</span>}
    </AriaButton>
  );
}
