/** Everything that is known of the selected layer, and the one thing that can be done with it: to keep it. */
import { X } from 'lucide-react';
import type { GraphView, GraphViewNode } from '../../engine/graph-view-types';
import { isLayerKept, withLayerKept } from '../../state/recipe-edit';
import { editRecipe, useRecipe } from '../../state/recipe-store';
import { selectLayer } from '../../state/view-store';
import { formatBytes, formatCount, formatReduction } from '../format-number';
import { useText } from '../i18n/text';
import { IconButton } from '../kit/IconButton';
import { Switch } from '../kit/Switch';
import { groupsOfLayer } from './channel-groups';
import { GroupText } from './GroupText';
import { LayerSensitivity } from './LayerSensitivity';
import styles from './LayerPanel.module.css';
import { shapeText } from './node-text';
import { useLayerCost } from './use-layer-costs';

export function LayerPanel({ layer, view }: { layer: string; view: GraphView }) {
  const t = useText();
  const node = view.nodes.find((one) => one.kind === 'layer' && one.name === layer);
  return (
    <aside className={styles.panel} aria-label={t('graph.layer', { layer })}>
      <header className={styles.header}>
        <h3>
          <code title={layer}>{layer}</code>
        </h3>
        <IconButton size="small" label={t('action.close')} icon={<X aria-hidden />} onPress={() => selectLayer(null)} />
      </header>
      {node ? <Facts node={node} /> : <p className={styles.hint}>{t('graph.notHere')}</p>}
      <Keep layer={layer} />
      <GroupText groups={groupsOfLayer(view.groups, layer)} layer={layer} areKnown={view.groups !== null} hasLayer={node !== undefined} />
      <LayerSensitivity layer={layer} />
    </aside>
  );
}

function Facts({ node }: { node: GraphViewNode }) {
  const t = useText();
  const { before, after, isStale } = useLayerCost(node.name);
  const isChanged = before !== null && after !== null && before.nbytes !== after.nbytes;
  const shown = after ?? before ?? node;
  return (
    <dl className={styles.facts} data-stale={isStale || undefined}>
      <dt>{t('layers.op')}</dt>
      <dd>{[...new Set(node.ops)].join(', ')}</dd>
      <dt>{t('graph.shape')}</dt>
      <dd>{shapeText(node.shape)}</dd>
      <dt>{t('layers.parameters')}</dt>
      <dd>{formatCount(shown.parameters)}</dd>
      <dt>{t('layers.macs')}</dt>
      <dd>{formatCount(shown.macs)}</dd>
      <dt>{t('graph.bytes')}</dt>
      <dd>
        {before ? formatBytes(before.nbytes) : t('layers.new')}
        {before && !after && ` → ${t('layers.gone')}`}
        {isChanged && (
          <>
            {' → '}
            <strong>{formatBytes(after.nbytes)}</strong>
            {after.nbytes < before.nbytes && <small>{` ↓ ${formatReduction(before.nbytes, after.nbytes)}`}</small>}
          </>
        )}
      </dd>
    </dl>
  );
}

function Keep({ layer }: { layer: string }) {
  const t = useText();
  const isKept = useRecipe((state) => isLayerKept(state.recipe, layer));
  const { before, after } = useLayerCost(layer);
  if (((before ?? after)?.parameters ?? 0) === 0) return null;
  return (
    <Switch isSelected={isKept} onChange={(keep) => editRecipe((recipe) => withLayerKept(recipe, layer, keep))}>
      {t('layers.keep')}
    </Switch>
  );
}
