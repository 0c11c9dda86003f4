import { useEffect } from 'react';
import { useLane } from '../state/lane-store';
import { useSession } from '../state/session-store';
import { useTraining } from '../state/training-store';

/** The tab says which model is open and whether work is under way, so that it can be left alone. */
export function useDocumentTitle(): void {
  const name = useSession((session) => session.model?.name);
  const isBusy = useSession((session) => session.opening !== null);
  const isMeasuring = useLane((lane) => lane.state === 'running');
  const isTraining = useTraining((training) => training.running !== null);
  useEffect(() => {
    const title = name ? `${name} – Whittle` : 'Whittle';
    document.title = isBusy || isMeasuring || isTraining ? `⏳ ${title}` : title;
  }, [name, isBusy, isMeasuring, isTraining]);
}
