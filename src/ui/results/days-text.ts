import { significant } from '../format-number';
import type { Translate } from '../i18n/text';

const HOURS_PER_DAY = 24;
const DAYS_PER_YEAR = 365.25;

/** 5.5 hours, 9.2 days, 3.1 years: the unit that is easiest to picture, two digits. */
export function daysText(days: number, t: Translate): string {
  if (days < 2) return t('battery.hours', { count: twoDigits(days * HOURS_PER_DAY) });
  if (days < 2 * DAYS_PER_YEAR) return t('battery.days', { count: twoDigits(days) });
  return t('battery.years', { count: twoDigits(days / DAYS_PER_YEAR) });
}

function twoDigits(value: number): string {
  return significant(Number(value.toPrecision(2)), 2);
}
