/**
 * What the window's thread works, task by task, in time of the processor: a task that waits for a busy machine's turn is no longer for it, so
 * that the figure says something of the page. From the browser's own trace.
 */
import type { CDPSession, Page } from '@playwright/test';

export interface TaskTimes {
  readonly count: number;
  /** The longest ones, in milliseconds of the processor, the longest first. */
  readonly longestMs: readonly number[];
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds on the thread's own clock. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

const SHOWN = 8;

/** Begins to watch; the function that is given ends it. */
export async function watchTaskTimes(page: Page): Promise<() => Promise<TaskTimes>> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[]).filter(({ name }) => name === 'ThreadControllerImpl::RunTask' || name === 'thread_name')));
  await session.send('Tracing.start', { categories: 'toplevel', transferMode: 'ReportEvents' });
  return () => endOf(session, events);
}

async function endOf(session: CDPSession, events: readonly TraceEvent[]): Promise<TaskTimes> {
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  const windows = new Set(events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(threadOf));
  const times = events.flatMap((event) => (windows.has(threadOf(event)) && event.tdur !== undefined ? [event.tdur / 1000] : []));
  return { count: times.length, longestMs: times.toSorted((a, b) => b - a).slice(0, SHOWN) };
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid} ${tid}`;
}
