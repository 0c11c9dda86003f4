/** The rules that are compared: the controller, the naive rule that it replaces, and none. */
import { startController, step } from './controller';
import type { Rule } from './simulate';
import type { ControllerSettings, Decision } from './types';

/** Loads this near the target leave the naive rule at rest too. */
const NAIVE_DEAD_BAND = 0.025;

const atFirst: Decision = { batch: 1, level: 0, keep: 1 };

export function controlled(settings: ControllerSettings): Rule {
  let state = startController(settings);
  return {
    first: state.decision,
    next(seen) {
      const stepped = step(state, seen);
      state = stepped.state;
      return stepped.decision;
    },
  };
}

/** "Load above target: smaller batch; below: larger", one example a period. It has the wrong sign: a smaller batch raises the load. */
export function naive({ target, maxBatch }: ControllerSettings): Rule {
  let { batch } = atFirst;
  return {
    first: atFirst,
    next({ busyMs, periodMs }) {
      const error = target - busyMs / periodMs;
      if (Math.abs(error) > NAIVE_DEAD_BAND) batch = Math.max(1, Math.min(maxBatch, batch + Math.sign(error)));
      return { ...atFirst, batch };
    },
  };
}

export function uncontrolled(): Rule {
  return { first: atFirst, next: () => atFirst };
}
