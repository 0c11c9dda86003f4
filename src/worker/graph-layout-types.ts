/** What is asked of the layout of a graph and what it gives, in pixels of a drawing at its own size. */
export const NODE_WIDTH = 184;
export const NODE_HEIGHT = 62;
/** Of a layer that stands below another one, in one box with it. */
export const ROW_HEIGHT = 26;
/** Room for the name of an open block, and around what is in it. */
export const BLOCK_HEADER = 24;
export const BLOCK_PADDING = 20;

/** A box that is drawn: a layer, or a block that is closed (open ones are boxes that others name as their parent). */
export interface LayoutItem {
  readonly id: string;
  /** The open block around it. */
  readonly parent: string | null;
  /** Layers below it in the same box. */
  readonly rows: number;
}

export interface LayoutRequest {
  /** Layers, closed blocks and open blocks; the outer before the inner. */
  readonly items: readonly LayoutItem[];
  readonly open: readonly string[];
  /** Between layers and closed blocks, each pair once. */
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export interface PlacedBox {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A part of one or more edges that begin together: within one block, x and y in turn. */
export interface PlacedEdge {
  readonly from: string;
  /** The boxes that it leads to. */
  readonly to: readonly string[];
  readonly points: readonly number[];
}

export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly edges: readonly PlacedEdge[];
}
