import { cancelOpening } from './open-actions';
import { cancelMeasuring } from './run-lane';
import { useSession } from './session-store';

/** Stops whatever is under way. */
export function cancelWork(): void {
  if (useSession.getState().opening) void cancelOpening();
  else void cancelMeasuring();
}
