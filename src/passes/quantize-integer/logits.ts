/** Keeps examples of what integer softmaxes read, for their range; bounded memory. */
import type { Graph, ValueId } from '../../ir/graph';
import type { Batch } from '../../runtime/backend';
import type { LogitRows } from '../calibration/softmax-range';

export interface LogitCollector {
  add(batch: Batch): void;
  rows(): LogitRows;
}

/** Numbers kept of one softmax's input: the search over ranges takes some milliseconds for so many. */
const MOST_NUMBERS = 1 << 12;
/** Rows kept however many classes there are. */
const FEWEST_ROWS = 32;

export function collectLogits(graph: Graph, integer: ReadonlySet<string>): Map<ValueId, LogitCollector> {
  const collectors = new Map<ValueId, LogitCollector>();
  for (const node of graph.nodes) {
    if (node.op !== 'softmax' || !integer.has(node.id)) continue;
    const id = node.inputs[0]!;
    const { shape } = graph.values[id]!;
    const classes = shape?.at(-1) ?? -1;
    const isLast = node.attributes.axis === -1 || node.attributes.axis === (shape?.length ?? 0) - 1;
    if (isLast && classes > 1) collectors.set(id, createCollector(classes));
  }
  return collectors;
}

/** Rows are taken from every batch alike: every second one once the space is half of what came, and so on. */
function createCollector(classes: number): LogitCollector {
  const most = Math.max(FEWEST_ROWS, Math.floor(MOST_NUMBERS / classes));
  let rows: Float32Array[] = [];
  let seen = 0;
  let stride = 1;
  return {
    add({ data }) {
      for (let start = 0; start < data.length; start += classes, seen++) {
        if (seen % stride !== 0) continue;
        if (rows.length === most) {
          rows = rows.filter((_, i) => i % 2 === 0);
          stride *= 2;
          if (seen % stride !== 0) continue;
        }
        rows.push(Float32Array.from(data.subarray(start, start + classes)));
      }
    },
    rows() {
      const data = new Float32Array(rows.length * classes);
      for (const [i, row] of rows.entries()) data.set(row, i * classes);
      return { classes, data };
    },
  };
}
