/** What sensitivity and search speak of. Plain data. */
import type { OptionValue } from '../options/options';
import type { PassId, Recipe } from '../passes/pass';

/** A pass at one strength. */
export interface Variant {
  readonly pass: PassId;
  /** Those that differ from the pass's defaults. */
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** One layer with one variant and everything else as it was. */
export interface SensitivityRow extends Variant {
  /** As rules name it. */
  readonly layer: string;
  /** Estimated bytes of the compressed weights, before minus after (`stored-bytes.ts`). */
  readonly bytesSaved: number;
  readonly macsSaved: number;
  /** Milliseconds by the table of operators; absent: not asked for. */
  readonly msSaved?: number;
  /** What of them is saved in other layers, which read fewer channels; absent: nothing. */
  readonly elsewhere?: readonly SavedElsewhere[];
  /** Divergence of the outputs from the original's, in nats, the mean over examples (`divergence.ts`). 0: the pass leaves the layer alone. */
  readonly kl: number;
}

export interface SavedElsewhere {
  readonly layer: string;
  readonly bytesSaved: number;
  readonly macsSaved: number;
  readonly msSaved?: number;
}

/** What a person asks for; a field left out is no goal. */
export interface Goals {
  readonly mostBytes?: number;
  /** Share of examples, 0.005 for half a point. */
  readonly mostAccuracyDrop?: number;
  readonly mostLatencyMs?: number;
  readonly mostMacs?: number;
}

/** What was measured of a recipe, for real. */
export interface Measured {
  readonly bytes: number;
  readonly accuracyDrop: number;
  readonly macs: number;
  /** null: not measured, since no goal asks for it. */
  readonly latencyMs: number | null;
}

export interface Candidate {
  readonly recipe: Recipe;
  /** `recipeKey` of the recipe. */
  readonly key: string;
  /** `ms`: by the table of operators, which is no latency of a model; 0 where no goal speaks of one. */
  readonly predicted: { readonly bytes: number; readonly macs: number; readonly ms: number; readonly kl: number };
  readonly measured: Measured;
  /** Names of the goals that it does not meet; none: it is what was asked for. */
  readonly unmet: readonly (keyof Goals)[];
}
