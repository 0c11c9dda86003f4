import { cancelOpening } from './open-actions';
import { cancelMeasuring } from './run-lane';
import { cancelSensitivity } from './sensitivity-actions';
import { useSensitivity } from './sensitivity-store';
import { stopSearch } from './search-actions';
import { useSearch } from './search-store';
import { useSession } from './session-store';
import { stopTraining } from './train-actions';
import { useTraining } from './training-store';

/** Stops whatever is under way. */
export function cancelWork(): void {
  const { running } = useTraining.getState();
  if (useSession.getState().opening) void cancelOpening();
  else if (useSearch.getState().running) void stopSearch();
  else if (running?.control === null) void stopTraining();
  else if (useSensitivity.getState().state === 'running') void cancelSensitivity();
  else void cancelMeasuring();
}
