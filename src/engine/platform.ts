/** What differs between a browser's worker and Node, handed in by whoever makes the engine. */
import type { ImageDecoder } from '../datasets/image-decoder';
import type { Brotli } from '../measure/size';
import type { CheckpointStore, TrainingControls, TrainingData, TrainingPoint, TrainingRequest, TrainingResult } from '../training/training';

/** Does a training somewhere else: the page has a worker for it. */
export type TrainElsewhere = (request: TrainingRequest, data: TrainingData, report: (point: TrainingPoint) => void) => Promise<TrainingResult>;

export interface EnginePlatform {
  loadBrotli(): Promise<Brotli>;
  readonly decodeImage: ImageDecoder;
  /** Cancels the work in hand; the page ends the worker instead. */
  readonly signal?: AbortSignal;
  /** True while the page is hidden: browsers slow hidden pages down, so samples taken then are dropped. */
  readonly isPaused?: () => boolean;
  /** Absent: training runs where the engine runs. */
  readonly train?: TrainElsewhere;
  /** The person's hand on trainings and searches that run here. */
  readonly trainingControls?: TrainingControls;
  /** Where trainings under way and finished ones are kept. Absent: a training that ends early is lost. */
  readonly checkpoints?: CheckpointStore;
  /** True: only `train` starts a training, and whatever else meets one that is not done says so. The page trains for hours on a press, never on a slider. */
  readonly trainsOnlyWhenAsked?: boolean;
}
