/** Layers before and after, matched by name, as rows that can be sorted. */
import type { CostReport, NodeCost } from '../../measure/types';
import type { Heat } from '../../state/sensitivity-heat';

export interface LayerRow {
  readonly name: string;
  readonly op: string;
  readonly outputShape: readonly number[];
  readonly before: NodeCost | null;
  /** null: the recipe merged it into another layer or took it out. */
  readonly after: NodeCost | null;
}

export type LayerColumn = 'order' | 'name' | 'op' | 'parameters' | 'before' | 'after' | 'sparsity' | 'bits' | 'macs' | 'sensitivity';

export interface LayerSort {
  readonly column: LayerColumn;
  readonly descending: boolean;
}

/** In the graph's order, the original's layers first where they were. */
export function layerRows(before: CostReport, after: CostReport, withWeightsOnly: boolean): readonly LayerRow[] {
  const afterByName = new Map(after.nodes.map((node) => [node.node, node]));
  const rows = before.nodes.map((node) => rowOf(node, afterByName.get(node.node) ?? null));
  const known = new Set(before.nodes.map((node) => node.node));
  const added = after.nodes.filter((node) => !known.has(node.node)).map((node) => rowOf(null, node));
  return [...rows, ...added].filter((row) => !withWeightsOnly || (row.before?.parameters ?? 0) > 0 || (row.after?.parameters ?? 0) > 0);
}

/** `heat`: by the layer's name. */
export function sortedRows(rows: readonly LayerRow[], { column, descending }: LayerSort, heat: ReadonlyMap<string, Heat>): readonly LayerRow[] {
  if (column === 'order') return descending ? rows.toReversed() : rows;
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => sign * compare(cell(a, column, heat), cell(b, column, heat)));
}

function rowOf(before: NodeCost | null, after: NodeCost | null): LayerRow {
  const node = (before ?? after)!;
  return { name: node.node, op: node.op, outputShape: node.outputShape, before, after };
}

function cell(row: LayerRow, column: Exclude<LayerColumn, 'order'>, heat: ReadonlyMap<string, Heat>): string | number {
  const shown = row.after ?? row.before!;
  switch (column) {
    case 'name':
      return row.name;
    case 'op':
      return row.op;
    case 'parameters':
      return shown.parameters;
    case 'before':
      return row.before?.nbytes ?? 0;
    case 'after':
      return row.after?.nbytes ?? 0;
    case 'sparsity':
      return row.after?.sparsity ?? -1;
    case 'bits':
      return row.after?.bits ?? -1;
    case 'macs':
      return row.after?.macs ?? 0;
    case 'sensitivity':
      return heat.get(row.name)?.kl ?? -1;
    default: {
      const never: never = column;
      return never;
    }
  }
}

function compare(a: string | number, b: string | number): number {
  return typeof a === 'string' ? a.localeCompare(String(b)) : a - Number(b);
}
