/** Whether something is measured, searched or trained: a live run waits for it. */
import { useLane } from '../../state/lane-store';
import { deviceIsBusy } from '../../state/live-actions';
import { useSearch } from '../../state/search-store';
import { useSensitivity } from '../../state/sensitivity-store';
import { useSession } from '../../state/session-store';
import { useTraining } from '../../state/training-store';

export function useDeviceIsBusy(): boolean {
  // Each of them may change the answer.
  useLane((lane) => lane.state === 'running');
  useTraining((training) => training.running !== null);
  useSensitivity((sensitivity) => sensitivity.state === 'running');
  useSearch((search) => search.running !== null);
  useSession((session) => session.opening !== null);
  return deviceIsBusy();
}
