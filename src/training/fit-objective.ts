/** The objective of a training as the one function that the network asks: values of a forward pass in, loss and gradients out. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ValueId } from '../ir/graph';
import type { LossGradients, Network } from './network';
import type { Objective } from './training';
import { WhittleError } from '../lib/errors';
import { add, keep } from '@tensorflow/tfjs-core';
import { hintLoss, labelLoss, mixLosses, taskOf, teacherLoss, type Loss, type Task } from './losses';

/** What one batch is taught with. Tensors are the caller's. */
export interface Lesson {
  readonly labels: Int32Array | null;
  /** The teacher's logits, in the order of the outputs; null: no teacher. */
  readonly teacher: readonly Tensor[] | null;
  /** The teacher's inner values, in the order of the hints. */
  readonly hints: readonly Tensor[];
  /** In the order of the hints; null: widths are equal. */
  readonly projections: readonly (Tensor | null)[];
}

export interface LessonLoss extends LossGradients {
  /** Gradients by the projections that there are, in order; the caller's. */
  readonly projections: readonly Tensor[];
}

export interface ObjectiveFunction {
  (values: ReadonlyMap<ValueId, Tensor>, lesson: Lesson): LessonLoss;
}

/** How each output is trained, from its last dimension. */
function tasksOf(network: Network, classCount: number): Task[] {
  return network.outputs.map(({ valueId, activation }) => taskOf(activation, network.graph.values[valueId]?.shape?.at(-1) ?? -1, classCount));
}

export function objectiveOf(network: Network, objective: Objective, classCount: number): ObjectiveFunction {
  const tasks = tasksOf(network, classCount);
  if (objective.labelWeight > 0 && objective.labelSmoothing > 0 && tasks[0] !== 'classes') {
    const answer = tasks[0] === 'yes-no' ? 'yes or no in each column' : 'numbers';
    throw new WhittleError('OptionError', `Label smoothing is ${objective.labelSmoothing}, and the model answers with ${answer}: it spreads a label over classes, of which there are none. Set it to 0.`);
  }
  return (values, lesson) => {
    const gradients = new Map<ValueId, Tensor>();
    const projections: Tensor[] = [];
    let total: Tensor | null = null;
    const take = (id: ValueId, { value, gradient }: Loss): void => {
      total = total ? replaced(total, value) : value;
      const present = gradients.get(id);
      gradients.set(id, present ? replaced(present, gradient) : gradient);
    };
    for (const [i, { logits }] of network.outputs.entries()) {
      const z = values.get(logits)!;
      const byLabels = i === 0 && objective.labelWeight > 0 ? labelLoss(tasks[0]!, z, labelsOf(lesson), objective.labelSmoothing) : null;
      const byTeacher = lesson.teacher && objective.labelWeight < 1 ? teacherLoss(tasks[i]!, z, lesson.teacher[i]!, objective.temperature) : null;
      const loss = byLabels && byTeacher ? mixLosses(byLabels, byTeacher, objective.labelWeight) : (byLabels ?? byTeacher);
      if (loss) take(logits, loss);
    }
    for (const [i, { student, weight }] of objective.hints.entries()) {
      const { projection, ...loss } = hintLoss(values.get(student)!, lesson.hints[i]!, lesson.projections[i] ?? null, weight);
      take(student, loss);
      // The network frees what is left of the way back; these are asked for after it.
      if (projection) projections.push(keep(projection));
    }
    if (!total) throw new WhittleError('OptionError', 'There is nothing to learn from: the weight of the labels is 0, and there is no teacher.');
    return { value: total, byValue: gradients, projections };
  };
}

function labelsOf({ labels }: Lesson): Int32Array {
  if (!labels) throw new WhittleError('DataError', 'The training data have no labels. Add labelled data, or train with a teacher and a label weight of 0.');
  return labels;
}

/** a + b; frees both. */
function replaced(a: Tensor, b: Tensor): Tensor {
  const sum = add(a, b);
  a.dispose();
  b.dispose();
  return sum;
}
