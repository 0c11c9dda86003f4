/** The operators' test page, and how it is asked. */
import type { Page } from '@playwright/test';
import type { Answer, Question } from './pages/ops/ops.worker';
import type { Ask } from './pages/ops/ops';
import { servePage, type ServedPage } from './serve-page';

/** `name` keeps pages that are built at the same time apart. */
export const serveOpsPage = (name: string): Promise<ServedPage> => servePage('ops', { builtAs: `ops-${name}` });

/** Asks the page's worker, outside the limits of a single `evaluate`. */
export function ask(page: Page, question: Question): Promise<Answer> {
  return page.evaluate((what) => (window as unknown as { ask: Ask }).ask(what), question);
}
