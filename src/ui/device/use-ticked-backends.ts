import { useMemo } from 'react';
import type { BackendId } from '../../runtime/backend';
import { useExport } from '../../state/export-store';
import { useSession } from '../../state/session-store';
import { tickedBackends, useSettings } from '../../state/settings-store';

/** The backends that latency is measured on, for the format on screen. */
export function useTickedBackends(): readonly BackendId[] {
  const chosen = useSettings((settings) => settings.backends);
  const infos = useSession((session) => session.backends);
  const format = useExport((state) => state.format);
  return useMemo(() => tickedBackends(chosen, infos ?? [], format), [chosen, infos, format]);
}
