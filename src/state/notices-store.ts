/** Sentences at the top of the page: an error with a way on, or news. Dismissing one loses nothing else. */
import { create } from 'zustand';
import { isErrorOf, messageOf } from '../lib/errors';

export interface Notice {
  readonly id: number;
  readonly level: 'info' | 'error';
  /** A text of the page (`key`) or words from elsewhere (`message`). */
  readonly key?: string;
  readonly message?: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

export const useNotices = create<{ readonly notices: readonly Notice[] }>(() => ({ notices: [] }));

/** More at once than these is noise: the oldest go. */
const LARGEST_NOTICE_COUNT = 3;
let nextId = 1;

export function notify(notice: Omit<Notice, 'id'>): void {
  useNotices.setState(({ notices }) => {
    const others = notices.filter((other) => other.message !== notice.message || other.key !== notice.key);
    return { notices: [...others, { ...notice, id: nextId++ }].slice(-LARGEST_NOTICE_COUNT) };
  });
}

/** Shows an error in its own words; a cancellation is no error. */
export function notifyError(error: unknown): void {
  if (!isErrorOf(error, 'CancelledError')) notify({ level: 'error', message: messageOf(error) });
}

export function dismissNotice(id: number): void {
  useNotices.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}

export function dismissAllNotices(): void {
  useNotices.setState({ notices: [] });
}
