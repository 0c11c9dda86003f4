import type { Translate } from '../i18n/text';

/** About so long: seconds below a minute and a half, then minutes, then hours. */
export function durationText(milliseconds: number, t: Translate): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  if (seconds < 90) return t('time.seconds', { count: seconds });
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return t('time.minutes', { count: minutes });
  return t('time.hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}
