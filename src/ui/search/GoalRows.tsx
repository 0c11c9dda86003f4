/** The goals of a search, one a row; a row without a number is no goal. */
import type { ReactNode } from 'react';
import type { BackendId } from '../../runtime/backend';
import { searchBackend } from '../../state/search-actions';
import { editForm, type SearchForm } from '../../state/search-store';
import { useSession } from '../../state/session-store';
import { backendNames } from '../device/backend-names';
import { useText } from '../i18n/text';
import { Select } from '../kit/Select';
import { GoalInput } from './GoalInput';
import { BYTES_PER_KB, inUnit, MACS_PER_MILLION, POINTS_PER_SHARE } from './goal-units';
import styles from './SearchPanel.module.css';

export function GoalRows({ form }: { form: SearchForm }) {
  const t = useText();
  return (
    <>
      <Row name={t('search.size')} help={t('search.sizeHelp')}>
        <GoalInput label={t('search.size')} sign="≤" unit="kB" value={inUnit(form.mostBytes, 1 / BYTES_PER_KB)} onEnter={(value) => editForm({ mostBytes: inUnit(value, BYTES_PER_KB) })} />
      </Row>
      <Row name={t('search.drop')} help={t('search.dropHelp')}>
        <GoalInput label={t('search.drop')} sign="≤" unit={t('unit.points')} value={inUnit(form.mostAccuracyDrop, POINTS_PER_SHARE)} onEnter={(value) => editForm({ mostAccuracyDrop: inUnit(value, 1 / POINTS_PER_SHARE) })} />
      </Row>
      <Row name={<LatencyName form={form} />} help={t('search.latencyHelp')}>
        <GoalInput label={t('search.latency')} sign="≤" unit="ms" value={form.mostLatencyMs} onEnter={(mostLatencyMs) => editForm({ mostLatencyMs })} />
      </Row>
      <Row name={t('search.macs')} help={t('search.macsHelp')}>
        <GoalInput label={t('search.macs')} sign="≤" unit="M" value={inUnit(form.mostMacs, 1 / MACS_PER_MILLION)} onEnter={(value) => editForm({ mostMacs: inUnit(value, MACS_PER_MILLION) })} />
      </Row>
    </>
  );
}

function Row({ name, help, children }: { name: ReactNode; help: string; children: ReactNode }) {
  return (
    <div className={styles.row} title={help}>
      <span className={styles.name}>{name}</span>
      {children}
    </div>
  );
}

/** Latency is measured here, on a backend that is named. */
function LatencyName({ form }: { form: SearchForm }) {
  const t = useText();
  const backends = useSession((session) => session.backends) ?? [];
  const choices = backends.filter((info) => info.available).map(({ id }) => ({ value: id, label: backendNames[id] }));
  const chosen = searchBackend(form);
  return (
    <>
      {t('search.latency')}
      {chosen && choices.length > 0 && <Select label={t('search.latencyOn')} value={chosen} choices={choices} onChange={(id) => editForm({ latencyBackend: id as BackendId })} />}
    </>
  );
}
