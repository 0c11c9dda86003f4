/** Which layers lose channels together, or why none of them can. */
import { useState } from 'react';
import type { ChannelGroupView } from '../../engine/graph-view-types';
import { selectLayer } from '../../state/view-store';
import { useText } from '../i18n/text';
import styles from './LayerPanel.module.css';

/** Names that are shown before the person asks for all of them. */
const FIRST_NAMES = 6;

interface Props {
  groups: readonly ChannelGroupView[];
  layer: string;
  /** False: the model is too large for its channels to be followed. */
  areKnown: boolean;
  hasLayer: boolean;
}

export function GroupText({ groups, layer, areKnown, hasLayer }: Props) {
  const t = useText();
  if (!hasLayer) return null;
  if (!areKnown) return <p className={styles.hint}>{t('graph.groupsUnknown')}</p>;
  if (groups.length === 0) return <p className={styles.hint}>{t('graph.noChannels')}</p>;
  return groups.map((group) => <Group key={JSON.stringify([group.makes, group.channels, group.refused])} group={group} layer={layer} />);
}

function Group({ group, layer }: { group: ChannelGroupView; layer: string }) {
  const t = useText();
  const others = group.makes.filter((name) => name !== layer);
  const isMaker = group.makes.includes(layer);
  const title = group.refused !== null ? t('graph.refused') : isMaker ? (others.length > 0 ? t('graph.together') : t('graph.alone')) : t('graph.passes');
  return (
    <section className={styles.group}>
      <h4>
        {title} <span>{t(group.channels === 1 ? 'graph.channel' : 'graph.channels', { count: group.channels })}</span>
      </h4>
      {group.refused !== null && <p>{group.refused}</p>}
      {others.length > 0 && <Names names={others} />}
      {group.refused === null && group.units !== group.channels && <p className={styles.hint}>{t('graph.units', { count: group.channels / group.units })}</p>}
      {group.reads.length > 0 && (
        <>
          <p className={styles.hint}>{t('graph.reads')}</p>
          <Names names={group.reads} />
        </>
      )}
    </section>
  );
}

function Names({ names }: { names: readonly string[] }) {
  const t = useText();
  const [all, setAll] = useState(false);
  const shown = all ? names : names.slice(0, FIRST_NAMES);
  return (
    <ul className={styles.names}>
      {shown.map((name) => (
        <li key={name}>
          <button type="button" onClick={() => selectLayer(name)}>
            {name}
          </button>
        </li>
      ))}
      {shown.length < names.length && (
        <li>
          <button type="button" className={styles.more} onClick={() => setAll(true)}>
            {t('graph.more', { count: names.length - shown.length })}
          </button>
        </li>
      )}
    </ul>
  );
}
