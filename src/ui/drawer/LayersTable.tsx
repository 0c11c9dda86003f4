import { ArrowDown, ArrowUp } from 'lucide-react';
import { Fragment, memo } from 'react';
import { isLayerKept, withLayerKept } from '../../state/recipe-edit';
import { editRecipe, useRecipe } from '../../state/recipe-store';
import { levelOf, type Heat } from '../../state/sensitivity-heat';
import { formatBytes, formatCount, formatShare } from '../format-number';
import { useText, type TextKey } from '../i18n/text';
import { Switch } from '../kit/Switch';
import { HeatMark } from '../sensitivity/HeatMark';
import styles from './LayersPane.module.css';
import type { LayerColumn, LayerRow, LayerSort } from './layer-rows';

interface Props {
  rows: readonly LayerRow[];
  /** By the layer's name; null: nothing was measured. */
  heat: ReadonlyMap<string, Heat> | null;
  sort: LayerSort;
  onSort(sort: LayerSort): void;
  selected: string | null;
  onSelect(name: string): void;
}

const columns: readonly (readonly [LayerColumn, TextKey, boolean])[] = [
  ['name', 'layers.name', false],
  ['op', 'layers.op', false],
  ['parameters', 'layers.parameters', true],
  ['before', 'layers.before', true],
  ['after', 'layers.after', true],
  ['sparsity', 'layers.sparsity', true],
  ['bits', 'layers.bits', true],
  ['macs', 'layers.macs', true],
];

export function LayersTable({ rows, heat, sort, onSort, selected, onSelect }: Props) {
  const t = useText();
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          {columns.map(([column, text, isNumber]) => (
            <Fragment key={column}>
              <SortHeader column={column} label={t(text)} isNumber={isNumber} sort={sort} onSort={onSort} />
              {/* Beside the name, where a phone shows it too. */}
              {heat && column === 'name' && <SortHeader column="sensitivity" label={t('sensitivity.title')} help={t('sensitivity.help')} isNumber sort={sort} onSort={onSort} />}
            </Fragment>
          ))}
          <th scope="col">{t('layers.keep')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.name} row={row} hasHeat={heat !== null} kl={heat?.get(row.name)?.kl ?? null} isSelected={row.name === selected} onSelect={onSelect} />
        ))}
      </tbody>
    </table>
  );
}

interface SortHeaderProps extends Pick<Props, 'sort' | 'onSort'> {
  column: LayerColumn;
  label: string;
  help?: string;
  isNumber: boolean;
}

function SortHeader({ column, label, help, isNumber, sort, onSort }: SortHeaderProps) {
  const isSorted = sort.column === column;
  const direction = sort.descending ? 'descending' : 'ascending';
  // Numbers begin with the largest; a third press goes back to the graph's order.
  const next = (): LayerSort => {
    if (!isSorted) return { column, descending: isNumber };
    return sort.descending === isNumber ? { column, descending: !isNumber } : { column: 'order', descending: false };
  };
  const Icon = sort.descending ? ArrowDown : ArrowUp;
  return (
    <th scope="col" aria-sort={isSorted ? direction : 'none'} data-number={isNumber || undefined} title={help}>
      <button type="button" onClick={() => onSort(next())}>
        {label}
        {isSorted && <Icon aria-hidden size={12} />}
      </button>
    </th>
  );
}

interface RowProps extends Pick<Props, 'onSelect'> {
  row: LayerRow;
  hasHeat: boolean;
  /** null: not measured. */
  kl: number | null;
  isSelected: boolean;
}

/** Drawn anew when something of its own changes: while sensitivities come in, most rows stay as they are. */
const Row = memo(function Row({ row, hasHeat, kl, isSelected, onSelect }: RowProps) {
  const t = useText();
  const isKept = useRecipe((state) => isLayerKept(state.recipe, row.name));
  const { before, after } = row;
  const hasWeights = (before?.parameters ?? after?.parameters ?? 0) > 0;
  const shown = after ?? before!;
  const changed = before !== null && after !== null && before.nbytes !== after.nbytes;
  return (
    <tr data-selected={isSelected || undefined}>
      <th scope="row">
        <button type="button" className={styles.name} aria-pressed={isSelected} onClick={() => onSelect(row.name)}>
          {row.name}
        </button>
      </th>
      {hasHeat && <td data-number>{kl === null ? '–' : <HeatMark kl={kl} level={levelOf(kl)} />}</td>}
      <td className={styles.op}>{row.op}</td>
      <td data-number>{formatCount(shown.parameters)}</td>
      <td data-number>{before ? formatBytes(before.nbytes) : t('layers.new')}</td>
      <td data-number className={changed ? styles.changed : undefined}>
        {after ? formatBytes(after.nbytes) : t('layers.gone')}
      </td>
      <td data-number>{typeof after?.sparsity === 'number' ? formatShare(after.sparsity, 1) : '–'}</td>
      <td data-number>{after?.bits ?? '–'}</td>
      <td data-number>{formatCount(shown.macs)}</td>
      <td>
        {hasWeights && (
          <Switch isSelected={isKept} label={t('layers.keepOne', { name: row.name })} onChange={(keep) => editRecipe((recipe) => withLayerKept(recipe, row.name, keep))} />
        )}
      </td>
    </tr>
  );
});
