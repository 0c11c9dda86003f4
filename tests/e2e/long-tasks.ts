/** Watches the window's thread for tasks over 50 ms, from the first script of the page on. */
import type { Page } from '@playwright/test';

export interface LongTasks {
  /** False: this browser does not report long tasks, and the count says nothing. */
  readonly observed: boolean;
  readonly count: number;
  readonly longestMs: number;
  readonly tasks: readonly { readonly startMs: number; readonly durationMs: number }[];
}

interface WatchedWindow extends Window {
  longTasks?: { startMs: number; durationMs: number }[];
}

export async function watchLongTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    if (!PerformanceObserver.supportedEntryTypes.includes('longtask')) return;
    const tasks: { startMs: number; durationMs: number }[] = [];
    (window as WatchedWindow).longTasks = tasks;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tasks.push({ startMs: Math.round(entry.startTime), durationMs: entry.duration });
    }).observe({ type: 'longtask', buffered: true });
  });
}

export async function longTasksOf(page: Page): Promise<LongTasks> {
  const tasks = await page.evaluate(() => (window as WatchedWindow).longTasks ?? null);
  const longestMs = Math.max(0, ...(tasks ?? []).map((task) => task.durationMs));
  return { observed: tasks !== null, count: tasks?.length ?? 0, longestMs, tasks: tasks ?? [] };
}
