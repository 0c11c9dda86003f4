/** Ends a search at once. What it measured is kept by the engine, so that it can be taken up again. */
import { engine } from './engine-client';
import { notifyError } from './notices-store';
import { forgetSearch, useSearch } from './search-store';

/** Synchronous kernels cannot be interrupted: the worker ends. */
export async function cancelSearch(): Promise<void> {
  if (!useSearch.getState().running) return;
  useSearch.setState({ running: null });
  await (await engine()).cancel().catch(notifyError);
}

/** For another model or other data: what was judged was judged by others. */
export async function leaveSearch(): Promise<void> {
  await cancelSearch();
  forgetSearch();
}
