/** How the command key is written on this machine. */
const isApple = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

export const commandKey = isApple ? '⌘' : 'Ctrl ';

export function hasCommandKey(event: KeyboardEvent): boolean {
  return isApple ? event.metaKey : event.ctrlKey;
}
