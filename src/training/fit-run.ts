/**
 * One training on one backend, from a checkpoint or the start to the end. Each step: the batch (read while the step before was at work),
 * the effective numbers, forward and backward, learning; then messages are let in. After each epoch the held-out part is answered,
 * and the best epoch kept, counting only numbers that every mask is done with.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TfjsBackendId } from '../runtime/backend';
import type { Device } from '../runtime/tfjs/device';
import type { Checkpoint } from './checkpoint';
import type { Keeper } from './fit-keeper';
import type { Learner } from './fit-learner';
import type { Lesson, ObjectiveFunction } from './fit-objective';
import type { Effective, Network } from './network';
import type { TrainingControls, TrainingData, TrainingPoint, TrainingRequest, TrainingResult } from './training';
import { throwIfCancelled } from '../lib/errors';
import { yieldToMessages } from '../lib/yield-to-messages';
import { uploadBatch } from '../runtime/tfjs/batches';
import { onBackend } from '../runtime/tfjs/engine-lock';
import { batchesFrom, heldOutBatches, someBatches, type Split, type TrainingBatch } from './batches';
import { DivergedError } from './fit-diverged';
import { examine, type HeldOutScore } from './fit-evaluate';
import { LossMeter } from './fit-loss-meter';
import { resumedOrCancelled } from './fit-pause';
import { needsRecalibration, recalibrate, RECALIBRATION_BATCHES } from './fit-recalibrate';
import { trainedGraph } from './fit-result';
import { checkpointOf, isBetter, standingOf, type Best } from './fit-standing';
import type { Teacher, TeacherAnswers } from './fit-teacher';
import { learningRateAt } from './schedules';

export interface RunParts {
  readonly request: TrainingRequest;
  readonly data: TrainingData;
  readonly split: Split;
  readonly backend: TfjsBackendId;
  readonly device: Device;
  readonly network: Network;
  readonly learner: Learner;
  readonly objective: ObjectiveFunction;
  readonly teacher: Teacher | null;
  readonly keeper: Keeper;
  readonly report: (point: TrainingPoint) => void;
  readonly controls: TrainingControls;
}

/** Points of the curve that a training gives, about; more would say nothing more. */
const POINTS = 200;
/** Most steps between points: a person waits for the curve to move, and a GPU's queue should not grow long. */
const MOST_STEPS_BETWEEN_POINTS = 20;
/** Dropout's seeds, far from those of the batches. */
const DROPOUT_SEED = 0x3c6ef372;

export class Run {
  readonly #parts: RunParts;
  readonly #meter: LossMeter;
  readonly #startedAt = performance.now();
  readonly #firstStep: number;
  readonly #elapsedBefore: number;
  readonly #history: TrainingPoint[];
  #pausedMs = 0;
  #step: number;
  #epochsWithoutGain: number;
  /** What the model was worth on the held-out examples before training; said, and never chosen. */
  #start: HeldOutScore | null;
  #best: Best | null;

  /** `checkpoint` has been taken from the same training. */
  constructor(parts: RunParts, checkpoint: Checkpoint | null) {
    const kept = checkpoint ? standingOf(checkpoint) : null;
    const standing = kept?.standing;
    this.#parts = parts;
    this.#meter = new LossMeter(parts.backend === 'wasm' || parts.backend === 'cpu', standing?.lossSum ?? 0, standing?.lossCount ?? 0);
    this.#firstStep = this.#step = standing?.step ?? 0;
    this.#elapsedBefore = standing?.elapsedMs ?? 0;
    this.#history = [...(standing?.history ?? [])];
    this.#epochsWithoutGain = standing?.epochsWithoutGain ?? 0;
    this.#start = standing?.start ?? null;
    this.#best = kept?.best ?? null;
    if (!kept) return;
    parts.learner.restore(kept.learner, 'all');
    parts.network.restore(kept.network);
  }

  async toEnd(): Promise<TrainingResult> {
    try {
      if (this.#step === 0) await this.#onBackend(() => this.#scoreStart());
      const endedBy = await this.#train();
      return await this.#onBackend(() => this.#result(endedBy));
    } catch (error) {
      // What was learned until then is not lost with what came after it.
      if (error instanceof DivergedError && error.best) return error.best;
      throw error;
    } finally {
      this.#meter.dispose();
    }
  }

  async #train(): Promise<TrainingResult['endedBy']> {
    const { split, request, data, controls, keeper } = this.#parts;
    const batches = batchesFrom(data, split, request.settings, this.#step);
    const every = Math.min(Math.max(Math.ceil(split.steps / POINTS), 1), MOST_STEPS_BETWEEN_POINTS);
    while (this.#step < split.steps) {
      if (controls.wantsToFinish()) {
        // Before masks take their final form, so that training can go on as if nobody had ended it.
        if (this.#step > this.#firstStep) await this.#onBackend(() => this.#keep());
        await this.#onBackend(() => this.#endEpoch(true));
        return 'person';
      }
      const batch = await batches.next();
      await this.#onBackend(() => this.#learn(batch));
      this.#step++;
      const isEpochEnd = this.#step % split.stepsPerEpoch === 0;
      if (isEpochEnd) await this.#onBackend(() => this.#endEpoch(this.#step === split.steps));
      else if (this.#step % every === 0) await this.#onBackend(() => this.#point(null));
      if (isEpochEnd && request.settings.patience > 0 && this.#epochsWithoutGain >= request.settings.patience) return 'early-stopping';
      if (keeper.isDue && this.#step < split.steps) await this.#onBackend(() => this.#keep());
      await this.#letIn();
    }
    return 'end';
  }

  async #learn(batch: TrainingBatch): Promise<void> {
    const { network, learner, objective, request, split } = this.#parts;
    const rate = learningRateAt(request.settings, this.#step, split.steps);
    await this.#withLesson(batch, async (inputs, lesson) => {
      let projections: readonly Tensor[] = [];
      const effective = await learner.effective(this.#step);
      const result = network.step(inputs, effective, request.settings.seed + Math.imul(this.#step + 1, DROPOUT_SEED), (values) => {
        const loss = objective(values, lesson);
        projections = loss.projections;
        return loss;
      });
      try {
        await this.#meter.add(result.loss);
        await this.#checkLoss(false);
      } catch (error) {
        for (const tensor of [...result.gradients.values(), ...projections]) tensor.dispose();
        throw error;
      }
      await learner.update(result, projections, rate);
    });
  }

  /** Uploads a batch, asks the teacher, and frees all of it after `work`. */
  async #withLesson<T>(batch: TrainingBatch, work: (inputs: readonly Tensor[], lesson: Lesson) => Promise<T>): Promise<T> {
    const { teacher, learner } = this.#parts;
    const inputs = batch.inputs.map(uploadBatch);
    let answers: TeacherAnswers | null = null;
    try {
      answers = teacher ? await teacher.answer(batch, inputs) : null;
      const trained = [...learner.projections()];
      const projections = learner.projected.map((isProjected) => (isProjected ? trained.shift()! : null));
      return await work(inputs, { labels: batch.labels, teacher: answers?.logits ?? null, hints: answers?.hints ?? [], projections });
    } finally {
      for (const tensor of [...inputs, ...(answers?.logits ?? []), ...(answers?.hints ?? [])]) tensor.dispose();
    }
  }

  async #scoreStart(): Promise<void> {
    const { learner, split } = this.#parts;
    await learner.settle(0, false);
    if (split.heldOut.length === 0 || !learner.isSettled(0)) return;
    this.#start = await this.#score(false);
  }

  /** Of the numbers as they would be exported now. */
  async #score(final: boolean): Promise<HeldOutScore> {
    const { network, objective, data, split, controls } = this.#parts;
    const effective = await this.#settle(final);
    return examine(
      { network, objective, batches: heldOutBatches(data, split), withLesson: (batch, work) => this.#withLesson(batch, work), signal: controls.signal },
      effective,
    );
  }

  /** The numbers as they would be exported now, and statistics that fit them. */
  async #settle(final: boolean): Promise<Effective> {
    const { network, learner, data, split, request, controls } = this.#parts;
    const effective = await learner.settle(this.#step, final);
    if (needsRecalibration(request.graph, request.frozen, this.#step)) {
      await recalibrate(network, effective, request.frozen, someBatches(data, split, request.settings, RECALIBRATION_BATCHES), controls.signal);
    }
    return effective;
  }

  async #endEpoch(final: boolean): Promise<void> {
    const { split, learner, network } = this.#parts;
    if (split.heldOut.length === 0) {
      if (final) await this.#settle(true);
      return this.#point(null);
    }
    const score = await this.#score(final);
    if (final || learner.isSettled(this.#step)) {
      if (!this.#best || isBetter(score, this.#best.score)) {
        this.#best = { epoch: Math.ceil(this.#step / split.stepsPerEpoch), score, learner: await learner.state('numbers'), network: await network.state() };
        this.#epochsWithoutGain = 0;
      } else {
        this.#epochsWithoutGain++;
      }
    }
    await this.#point(score);
  }

  async #point(score: HeldOutScore | null): Promise<void> {
    const { split, request, report, backend } = this.#parts;
    await this.#checkLoss(true);
    const { sum, count } = await this.#meter.read();
    // Nothing was learned since the last point: a person finished right after it.
    if (count === 0 && !score) return;
    const elapsedMs = this.#elapsedMs();
    const done = Math.max(this.#step - this.#firstStep, 1);
    const point: TrainingPoint = {
      step: this.#step,
      steps: split.steps,
      epoch: Math.ceil(this.#step / split.stepsPerEpoch),
      loss: count > 0 ? sum / count : (this.#history.at(-1)?.loss ?? 0),
      heldOutAccuracy: score?.accuracy ?? null,
      heldOutLoss: score?.loss ?? null,
      learningRate: learningRateAt(request.settings, Math.max(this.#step - 1, 0), split.steps),
      elapsedMs,
      msLeft: ((elapsedMs - this.#elapsedBefore) / done) * (split.steps - this.#step),
      backend,
    };
    this.#meter.reset();
    this.#history.push(point);
    report(point);
  }

  /** Throws when the loss is no number any more. On a device the sum is only looked at where a point is due. */
  async #checkLoss(looks: boolean): Promise<void> {
    const { backend, split, request } = this.#parts;
    const isHost = backend === 'wasm' || backend === 'cpu';
    if (!isHost && !looks) return;
    const { sum } = await this.#meter.read();
    if (Number.isFinite(sum)) return;
    const at = isHost && !looks ? this.#step + 1 : this.#step;
    throw new DivergedError(at, split.steps, request.settings.learningRate, this.#best ? await this.#result('diverged') : null);
  }

  async #keep(): Promise<void> {
    const { learner, network, keeper } = this.#parts;
    const { sum, count } = await this.#meter.read();
    const standing = {
      step: this.#step,
      elapsedMs: this.#elapsedMs(),
      lossSum: sum,
      lossCount: count,
      epochsWithoutGain: this.#epochsWithoutGain,
      history: this.#history,
      start: this.#start,
    };
    await keeper.save(checkpointOf({ standing, best: this.#best, learner: await learner.state('all'), network: await network.state() }));
  }

  async #result(endedBy: TrainingResult['endedBy']): Promise<TrainingResult> {
    const { learner, network, request, split, backend } = this.#parts;
    const best = this.#best;
    if (best) learner.restore(best.learner, 'numbers');
    const state = best ? best.network : await network.state();
    return {
      graph: trainedGraph(request.graph, learner.encoded(), state),
      history: this.#history,
      bestEpoch: best ? best.epoch : Math.ceil(this.#step / split.stepsPerEpoch),
      accuracyBefore: this.#start?.accuracy ?? null,
      accuracyAfter: best?.score.accuracy ?? null,
      endedBy,
      backend,
      elapsedMs: this.#elapsedMs(),
    };
  }

  /** Between steps: messages, pausing, cancelling. */
  async #letIn(): Promise<void> {
    const { controls } = this.#parts;
    await yieldToMessages();
    const pausedAt = performance.now();
    await resumedOrCancelled(controls);
    this.#pausedMs += performance.now() - pausedAt;
    throwIfCancelled(controls.signal);
  }

  #elapsedMs(): number {
    return this.#elapsedBefore + performance.now() - this.#startedAt - this.#pausedMs;
  }

  /** What the device reports fails the work that it was reported in. */
  #onBackend<T>(work: () => Promise<T>): Promise<T> {
    const { backend, device } = this.#parts;
    return onBackend(backend, () => device.watch(async () => undefined, work));
  }
}
