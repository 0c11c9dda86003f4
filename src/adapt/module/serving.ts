/** What the server is told, from the caller's options and the manifest. */
import { nextBackend, type Choosing } from './choose';
import type { Serving } from './serve';

const DEFAULTS = { targetLoad: 0.8, latencyBudgetMs: 250, minimumKeep: 0.1, periodMs: 1000 };

export function servingOf(choosing: Choosing): Serving {
  const { options, manifest, givenUp } = choosing;
  return {
    rungs: manifest.rungs,
    inputShape: manifest.input.shape,
    outputShape: manifest.output.shape,
    targetLoad: options.targetLoad ?? DEFAULTS.targetLoad,
    latencyBudgetMs: options.latencyBudgetMs ?? DEFAULTS.latencyBudgetMs,
    minimumKeep: options.minimumKeep ?? DEFAULTS.minimumKeep,
    periodMs: options.periodMs ?? DEFAULTS.periodMs,
    isControlled: true,
    givenUp,
    replace: () => nextBackend(choosing),
    ...(options.onChange ? { onChange: options.onChange } : {}),
  };
}
