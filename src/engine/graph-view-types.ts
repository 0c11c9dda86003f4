/** A graph as a page draws it: layers, what flows between them, blocks that fold them, and channels that go together. Plain data. */

export interface GraphViewNode {
  readonly id: string;
  readonly kind: 'input' | 'layer' | 'output';
  /** The name by which tables and rules know the layer; the name outside, for an input or output. */
  readonly name: string;
  /** The operator that holds most of the layer; empty for an input or output. */
  readonly op: string;
  /** Every operator of the layer, in order. */
  readonly ops: readonly string[];
  /** −1: free (the batch). null: known at run time only. */
  readonly shape: readonly number[] | null;
  readonly parameters: number;
  /** Bytes of the weights in their encoding. */
  readonly nbytes: number;
  /** For batch 1. */
  readonly macs: number;
  /** The innermost block that it lies in. */
  readonly block: string | null;
}

export interface GraphViewEdge {
  readonly from: string;
  readonly to: string;
  readonly shape: readonly number[] | null;
}

/** Layers that are shown as one box until it is opened. */
export interface GraphBlock {
  readonly id: string;
  readonly label: string;
  readonly parent: string | null;
}

/** Channels that cannot be removed without each other. */
export interface ChannelGroupView {
  /** Layers whose outputs hold the channels. */
  readonly makes: readonly string[];
  /** Layers without weights for them that hand them on. */
  readonly passes: readonly string[];
  /** Layers that lose inputs with them. */
  readonly reads: readonly string[];
  readonly channels: number;
  /** How many can be removed one by one. */
  readonly units: number;
  /** Why none of them can be removed; null: they can. */
  readonly refused: string | null;
}

export interface GraphView {
  /** In an order in which every layer comes after those that it reads. */
  readonly nodes: readonly GraphViewNode[];
  readonly edges: readonly GraphViewEdge[];
  /** Outer ones before inner ones. */
  readonly blocks: readonly GraphBlock[];
  /** null: there are too many layers to follow every channel through. */
  readonly groups: readonly ChannelGroupView[] | null;
}
